using System.CommandLine;
using System.Globalization;
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
    private readonly Option<string[]> _strengths = new("--strengths")
    {
        Description = "Strengths to try: fractions of the residual norm (0.4 or 0.4n), or raw coefficients of the vector (raw:2.5), not both.",
        AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [.. SweptStrengths.Usual.Select(strength => strength.ToString())],
    };

    /// <summary>All of them, for a command.</summary>
    public Option[] All => [_methods, _sae, _layers, _strengths];

    /// <summary>The methods, which read questions and answers in a form.</summary>
    public IReadOnlyList<ISteeringMethod> Methods(ParseResult parsed, PromptForm form) => [.. parsed.GetValue(_methods)!.Select(name => SteeringMethods.Create(name, OptionsOf(name, form, parsed.GetValue(_sae))))];

    /// <summary>The blocks; empty for all.</summary>
    public int[] Layers(ParseResult parsed) => parsed.GetValue(_layers)!;

    /// <summary>The strengths.</summary>
    /// <exception cref="FormatException">A text is none.</exception>
    public Strength[] Strengths(ParseResult parsed) => [.. parsed.GetValue(_strengths)!.Select(ParseStrength)];

    // One sweep's strengths serve all layers, whose norms differ: so a bare number is a fraction here, where it is raw for --steer.
    private static Strength ParseStrength(string text) => float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float fraction) ? Strength.OfNorm(fraction) : Strength.Parse(text);

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
