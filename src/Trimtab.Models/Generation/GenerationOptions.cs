using System.Collections.Immutable;

namespace Trimtab.Models.Generation;

/// <summary>
/// How the next token is chosen and when to stop. The filters apply in the order of this record: repetition penalty, temperature, top-k, top-p, min-p, the order of the
/// transformers library.
/// </summary>
public sealed record GenerationOptions
{
    /// <summary>The most tokens to generate; at least 1.</summary>
    public int MaxTokens { get; init; } = 256;

    /// <summary>Draw from the distribution; otherwise the most likely token is taken and the settings below, but the penalty, have no effect.</summary>
    public bool Sample { get; init; }

    /// <summary>Seed of the draws. The same seed, prompt, model and plan give the same text.</summary>
    public int Seed { get; init; }

    /// <summary>Logits of tokens that occurred already are divided (if positive) or multiplied (if negative) by this; 1 for no penalty.</summary>
    public float RepetitionPenalty { get; init; } = 1;

    /// <summary>Divides the logits; above 0. Below 1 sharpens, above 1 flattens.</summary>
    public float Temperature { get; init; } = 1;

    /// <summary>Keep the k most likely tokens; 0 for all.</summary>
    public int TopK { get; init; }

    /// <summary>Keep the smallest set of most likely tokens whose probabilities reach p; 1 for all.</summary>
    public float TopP { get; init; } = 1;

    /// <summary>Keep the tokens at least this fraction as likely as the most likely one; 0 for all.</summary>
    public float MinP { get; init; }

    /// <summary>Tokens that end the text; they are not part of it.</summary>
    public ImmutableArray<int> StopTokens { get; init; } = [];

    /// <summary>Texts that end the text where they first occur; they are not part of it.</summary>
    public ImmutableArray<string> StopStrings { get; init; } = [];

    /// <summary>The options, after a check of every range.</summary>
    /// <exception cref="ArgumentException">Names the option, its value and its range.</exception>
    public GenerationOptions Checked()
    {
        Require(MaxTokens >= 1, nameof(MaxTokens), MaxTokens, "1 or more");
        Require(RepetitionPenalty > 0 && float.IsFinite(RepetitionPenalty), nameof(RepetitionPenalty), RepetitionPenalty, "above 0");
        Require(Temperature > 0 && float.IsFinite(Temperature), nameof(Temperature), Temperature, "above 0; for the most likely token switch sampling off");
        Require(TopK >= 0, nameof(TopK), TopK, "0 or more");
        Require(TopP is > 0 and <= 1, nameof(TopP), TopP, "above 0 and at most 1");
        Require(MinP is >= 0 and <= 1, nameof(MinP), MinP, "0 … 1");
        Require(StopStrings.All(s => s.Length > 0), nameof(StopStrings), "an empty text", "texts of one character or more");
        return this;
    }

    private static void Require(bool holds, string option, object value, string range)
    {
        if (!holds)
            throw new ArgumentException(FormattableString.Invariant($"Generation: {option} is {value} — it must be {range}."));
    }
}
