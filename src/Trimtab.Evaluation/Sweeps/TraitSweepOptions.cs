using Trimtab.Steering;

namespace Trimtab.Evaluation.Sweeps;

/// <summary>What a sweep tries.</summary>
public sealed record TraitSweepOptions
{
    /// <summary>The methods that fit a vector. Default: the mean difference.</summary>
    public IReadOnlyList<ISteeringMethod> Methods { get; init; } = [new MeanDifference()];

    /// <summary>The blocks after which to steer; empty for all.</summary>
    public IReadOnlyList<int> Layers { get; init; } = [];

    /// <summary>The strengths that every layer is steered with, all in one unit: fractions of the residual norm, or raw coefficients.</summary>
    /// <exception cref="ArgumentException">There is none, or there are both units.</exception>
    public IReadOnlyList<Strength> Strengths { get; init => field = SweptStrengths.InOneUnit(value); } = SweptStrengths.Usual;

    /// <summary>The coherence that a layer and strength must keep to be chosen.</summary>
    public double LeastCoherence { get; init; } = 75;

    /// <summary>Answers drawn for each question and instruction that the vector is fitted to.</summary>
    public int Rollouts { get; init; } = 1;

    /// <summary>Answers drawn for each question of an arm that is reported.</summary>
    public int Samples { get; init; } = 4;

    /// <summary>Facts asked of an arm that is reported.</summary>
    public int Facts { get; init; } = 60;

    /// <summary>The most tokens of an answer.</summary>
    public int MaxTokens { get; init; } = 64;

    /// <summary>Decides all draws, and the random direction.</summary>
    public int Seed { get; init; } = 1;
}
