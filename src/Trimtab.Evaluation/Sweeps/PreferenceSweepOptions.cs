using Trimtab.Steering;

namespace Trimtab.Evaluation.Sweeps;

/// <summary>What a sweep over pairs of answers tries.</summary>
public sealed record PreferenceSweepOptions
{
    /// <summary>The methods that fit a vector. Default: the mean difference.</summary>
    public IReadOnlyList<ISteeringMethod> Methods { get; init; } = [new MeanDifference()];

    /// <summary>The blocks after which to steer; empty for all.</summary>
    public IReadOnlyList<int> Layers { get; init; } = [];

    /// <summary>The strengths that every layer is steered with, all in one unit: fractions of the residual norm, or raw coefficients.</summary>
    /// <exception cref="ArgumentException">There is none, or there are both units.</exception>
    public IReadOnlyList<Strength> Strengths { get; init => field = SweptStrengths.InOneUnit(value); } = SweptStrengths.Usual;

    /// <summary>How question and answer become tokens; the methods have it in their own options.</summary>
    public PromptForm Form { get; init; } = PromptForm.Chat;

    /// <summary>A text that stands before every question in the arm "prompt"; null for no such arm.</summary>
    public string? Prompt { get; init; }

    /// <summary>The fluency that a layer and strength must keep to be chosen.</summary>
    public double LeastFluency { get; init; } = 75;

    /// <summary>The tokens of each text that fluency is read from.</summary>
    public int MaxTokens { get; init; } = 48;

    /// <summary>Decides the random direction.</summary>
    public int Seed { get; init; } = 1;
}
