using System.CommandLine;
using System.Text.Json.Nodes;
using Trimtab.Evaluation.Personas;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab persona new: has a chat model write what a new trait is measured with.</summary>
internal static class PersonaNewVerb
{
    public static Command Create()
    {
        var (writer, json) = (new WriterOptions("persona new"), CommonOptions.Json());
        var name = new Argument<string>("name") { Description = "The trait as an adjective, in lower case, such as brave." };
        var description = new Option<string>("--describe") { Description = "One sentence that says what the trait is.", Required = true };
        var output = new Option<string?>("--output", "-o") { Description = "The file to write; by default the trait's name with .json." };
        var attempts = CommonOptions.Number("--attempts", "How often the model may write; it is told what is wrong.", ArtefactWriting.Attempts);
        var tokens = CommonOptions.Number("--max-tokens", "The most tokens of one attempt.", TraitAuthor.AnswerTokens);
        var command = new Command("new", "Has a chat model write what a trait is measured with: contrasting instructions, questions, and a rubric for judges.") { name, description, output, attempts, tokens, json };
        writer.AddTo(command);
        return command.Does((parsed, cancellation) =>
        {
            var (artefact, by) = writer.With(parsed, parsed.GetValue(tokens), model =>
                (ArtefactWriting.Write(new TraitAuthor(model, parsed.GetValue(attempts)), parsed.GetValue(name)!, parsed.GetValue(description)!, cancellation), model.Name));
            string file = parsed.GetValue(output) ?? $"{artefact.Name}.json";
            artefact.Save(file);
            if (parsed.GetValue(json))
                JsonOutput.Print(new JsonObject
                {
                    ["file"] = file, ["name"] = artefact.Name, ["writer"] = by,
                    ["instructions"] = artefact.Instructions.Length, ["extractionQuestions"] = artefact.Extraction.Length, ["evaluationQuestions"] = artefact.Evaluation.Length,
                });
            else
                Console.Out.WriteLine($"{file}: {artefact.Instructions.Length} pairs of instructions, {artefact.Extraction.Length} + {artefact.Evaluation.Length} questions and a rubric, by {by}");
        });
    }
}
