using System.CommandLine;
using System.Text.Json.Nodes;
using Trimtab.Evaluation.Sweeps;
using Trimtab.Steering;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab sweep: layers × strengths × methods, with the unsteered model, a prompt, the reverse and a random direction beside them.</summary>
internal static class SweepVerb
{
    private static readonly TraitSweepOptions Defaults = new();

    public static Command Create()
    {
        var methods = new Option<string[]>("--method") { Description = $"A method to try: {string.Join(", ", SteeringMethods.All.Keys.Order(StringComparer.Ordinal))}; repeatable.", DefaultValueFactory = _ => ["mean-difference"] };
        var sae = new Option<string?>("--sae") { Description = "The autoencoder of target-atoms and single-latent." };
        var layers = new Option<int[]>("--layer") { Description = "A block after which to steer; repeatable. By default all.", DefaultValueFactory = _ => [] };
        var strengths = new Option<float[]>("--strengths") { Description = "Fractions of the residual norm to try.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [.. Defaults.Strengths] };
        var coherence = new Option<double>("--least-coherence") { Description = "The coherence that a choice must keep.", DefaultValueFactory = _ => Defaults.LeastCoherence };
        var samples = new Option<int>("--samples") { Description = "Answers drawn for each question of an arm.", DefaultValueFactory = _ => Defaults.Samples };
        return new SweepCommand("sweep", "Tries methods at layers and strengths, and measures the best of each beside controls.").Does(parsed => new TraitSweepOptions
        {
            Methods = [.. parsed.GetValue(methods)!.Select(name => SteeringMethods.Create(name, Options(name, parsed.GetValue(sae))))],
            Layers = parsed.GetValue(layers)!, Strengths = parsed.GetValue(strengths)!, LeastCoherence = parsed.GetValue(coherence), Samples = parsed.GetValue(samples),
        }, methods, sae, layers, strengths, coherence, samples);
    }

    private static JsonObject Options(string method, string? sae) => method is "target-atoms" or "single-latent" && sae is not null ? new JsonObject { ["sae"] = sae } : [];
}
