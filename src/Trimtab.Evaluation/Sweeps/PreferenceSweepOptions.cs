using Trimtab.Steering;

namespace Trimtab.Evaluation.Sweeps;

/// <summary>What a sweep over pairs of answers tries.</summary>
public sealed record PreferenceSweepOptions
{
    /// <summary>The methods that fit a vector. Default: the mean difference.</summary>
    public IReadOnlyList<ISteeringMethod> Methods { get; init; } = [new MeanDifference()];

    /// <summary>The blocks after which to steer; empty for all.</summary>
    public IReadOnlyList<int> Layers { get; init; } = [];

    /// <summary>The strengths that every layer is steered with, as fractions of the residual norm.</summary>
    public IReadOnlyList<float> Strengths { get; init; } = [0.1f, 0.2f, 0.3f, 0.45f, 0.6f, 0.8f];

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
