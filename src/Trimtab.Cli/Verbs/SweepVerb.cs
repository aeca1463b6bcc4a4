using System.CommandLine;
using System.Text.Json.Nodes;
using Trimtab.Evaluation.Sweeps;
using Trimtab.Steering;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab sweep: layers × strengths × methods, with the unsteered model and a random direction as controls, and a prompt and the reverse beside them; by a trait of the organism's world, or by pairs of answers on any model.</summary>
internal static class SweepVerb
{
    private static readonly TraitSweepOptions Defaults = new();

    public static Command Create()
    {
        var options = new SweepMethodOptions();
        var coherence = new Option<double>("--least-coherence") { Description = "The coherence that a choice must keep.", DefaultValueFactory = _ => Defaults.LeastCoherence };
        var samples = new Option<int>("--samples") { Description = "Answers drawn for each question of an arm.", DefaultValueFactory = _ => Defaults.Samples };
        var sweep = new SweepCommand("sweep", "Tries methods at layers and strengths, and measures the best of each beside controls.").Does(parsed => new TraitSweepOptions
        {
            Methods = options.Methods(parsed, PromptForm.Chat),
            Layers = options.Layers(parsed), Strengths = options.Strengths(parsed), LeastCoherence = parsed.GetValue(coherence), Samples = parsed.GetValue(samples),
        }, [.. options.All, coherence, samples]);
        sweep.Subcommands.Add(SweepPairsVerb.Create());
        return sweep;
    }
}
