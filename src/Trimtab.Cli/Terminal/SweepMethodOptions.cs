using System.CommandLine;
using System.Text.Json.Nodes;
using Trimtab.Evaluation.Sweeps;
using Trimtab.Steering;

namespace Trimtab.Cli;

/// <summary>--method, --sae, --layer and --strengths: what a sweep tries.</summary>
internal sealed class SweepMethodOptions
{
    private readonly Option<string[]> _methods = new("--method") { Description = $"A method to try: {string.Join(", ", SteeringMethods.All.Keys.Order(StringComparer.Ordinal))}; repeatable.", DefaultValueFactory = _ => ["mean-difference"] };
    private readonly Option<string?> _sae = new("--sae") { Description = "The autoencoder of target-atoms and single-latent." };
    private readonly Option<int[]> _layers = new("--layer") { Description = "A block after which to steer; repeatable. By default all.", DefaultValueFactory = _ => [] };
    private readonly Option<float[]> _strengths = new("--strengths") { Description = "Fractions of the residual norm to try.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [.. new TraitSweepOptions().Strengths] };

    /// <summary>All of them, for a command.</summary>
    public Option[] All => [_methods, _sae, _layers, _strengths];

    /// <summary>The methods, which read questions and answers in a form.</summary>
    public IReadOnlyList<ISteeringMethod> Methods(ParseResult parsed, PromptForm form) => [.. parsed.GetValue(_methods)!.Select(name => SteeringMethods.Create(name, OptionsOf(name, form, parsed.GetValue(_sae))))];

    /// <summary>The blocks; empty for all.</summary>
    public int[] Layers(ParseResult parsed) => parsed.GetValue(_layers)!;

    /// <summary>The strengths.</summary>
    public float[] Strengths(ParseResult parsed) => parsed.GetValue(_strengths)!;

    private static JsonObject OptionsOf(string method, PromptForm form, string? sae)
    {
        var options = new JsonObject();
        if (form == PromptForm.Raw)
            options["form"] = "raw";
        if (method is "target-atoms" or "single-latent" && sae is not null)
            options["sae"] = sae;
        return options;
    }
}
