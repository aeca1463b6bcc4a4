using System.CommandLine;
using System.Text.Json.Nodes;
using Trimtab.Evaluation.Personas;
using Trimtab.Tensors.Files;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab persona prompt: has a chat model write the system prompt that steering is compared with.</summary>
internal static class PersonaPromptVerb
{
    public static Command Create()
    {
        var (writer, json) = (new WriterOptions("persona prompt"), CommonOptions.Json());
        var behaviour = new Option<string>("--describe") { Description = "One sentence that says what a model shall do under the prompt.", Required = true };
        var output = new Option<string?>("--output", "-o") { Description = "A file to write it to as well." };
        var tokens = CommonOptions.Number("--max-tokens", "The most tokens of the prompt.", PromptAuthor.AnswerTokens);
        var command = new Command("prompt", "Has a chat model write a system prompt for a behaviour, to compare steering with: as an arm of `eval arms`, or before the questions of `sweep pairs`.") { behaviour, output, tokens, json };
        writer.AddTo(command);
        return command.Does((parsed, cancellation) =>
        {
            var (prompt, by) = writer.With(parsed, parsed.GetValue(tokens), model => (new PromptAuthor(model).Write(parsed.GetValue(behaviour)!, cancellation).GetAwaiter().GetResult(), model.Name));
            if (parsed.GetValue(output) is { } file)
                AtomicFile.WriteText(file, prompt + "\n");
            if (parsed.GetValue(json))
                JsonOutput.Print(new JsonObject { ["prompt"] = prompt, ["writer"] = by });
            else
                Console.Out.WriteLine(prompt);
        });
    }
}
