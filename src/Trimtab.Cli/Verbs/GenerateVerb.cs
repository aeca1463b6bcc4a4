using System.CommandLine;
using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Generation;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab generate: continues a prompt, steered or not.</summary>
internal static class GenerateVerb
{
    public static Command Create()
    {
        var (model, json, cacheType) = (new ModelOptions(), CommonOptions.Json(), CommonOptions.CacheType());
        var explain = CommonOptions.Explain();
        var (prompt, sampling, steering, monitor) = (new PromptOptions(), new SamplingOptions(), new SteeringOptions(), new MonitorOptions());
        var command = new Command("generate", "Continues a prompt, steered or not.") { model, json, cacheType, explain };
        prompt.AddTo(command);
        sampling.AddTo(command);
        steering.AddTo(command);
        monitor.AddTo(command);
        return command.Does((parsed, cancellation) =>
        {
            using var loaded = model.Load(parsed);
            using var gauges = monitor.Read(parsed, loaded);
            var plan = steering.ReadPlan(parsed, loaded);
            var request = new GenerationRequest(prompt.Read(parsed, loaded), sampling.Read(parsed, loaded)) { Steering = gauges?.Compile(plan) ?? plan?.Compile(loaded) };
            var generator = new Generator(loaded) { CacheType = parsed.GetValue(cacheType), Sinks = gauges?.Sinks ?? [] };
            if (parsed.GetValue(json))
            {
                var document = ToJson(ProgressBar.Over("Generating", request.Options.MaxTokens, progress => Generate(generator, request, progress, cancellation)), parsed.GetValue(explain));
                if (gauges is not null)
                    document["readings"] = gauges.ToJson();
                JsonOutput.Print(document);
                return;
            }
            void Show(GeneratedToken token) => Write(token, loaded);
            var text = generator.Generate(request, gauges?.Around(Show) ?? Show, cancellation);
            Console.Out.WriteLine();
            if (parsed.GetValue(explain))
                Decisions.Print(text.Decisions);
            gauges?.Print();
        });
    }

    private static GeneratedText Generate(Generator generator, GenerationRequest request, IProgress<int> progress, CancellationToken cancellation)
    {
        int tokens = 0;
        return generator.Generate(request, _ => progress.Report(++tokens), cancellation);
    }

    private static void Write(GeneratedToken token, LoadedModel model)
    {
        Console.Out.Write(model.Tokenizer is null ? $"{token.Id} " : token.Text);
        Console.Out.Flush();
    }

    private static JsonObject ToJson(GeneratedText text, bool explain)
    {
        var json = new JsonObject
        {
            ["promptIds"] = JsonOutput.Of(text.PromptIds),
            ["ids"] = JsonOutput.Of(text.Ids),
            ["text"] = text.Text,
            ["stop"] = text.Stop switch { StopReason.Length => "length", StopReason.Stop => "stop", StopReason.Halted => "halted", _ => "eos" },
        };
        if (explain || text.Decisions.Count > 0)
            json["decisions"] = Decisions.ToJson(text.Decisions);
        return json;
    }
}
