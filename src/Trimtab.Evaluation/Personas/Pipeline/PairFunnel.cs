using Trimtab.Evaluation.Judges;

namespace Trimtab.Evaluation.Personas;

/// <summary>What becomes of a pair of answers: kept, or the first reason against it in this order.</summary>
public enum PairFate
{
    /// <summary>Both answers count.</summary>
    Kept,
    /// <summary>An answer has no words.</summary>
    Empty,
    /// <summary>An answer refuses.</summary>
    Refused,
    /// <summary>A judge could not read an answer.</summary>
    Unreadable,
    /// <summary>An answer's coherence is below 50.</summary>
    Incoherent,
    /// <summary>The answer that was asked to show the trait has less than 50 of it.</summary>
    TraitMissing,
    /// <summary>The answer that was asked for the opposite has 50 of the trait or more.</summary>
    TraitUnasked,
}

/// <summary>
/// Which pairs the vectors are made from (Chen et al. 2025, section 2.2): trait(positive) ≥ 50, trait(negative) &lt; 50 and both coherences ≥ 50. Both answers of a pair are kept
/// or dropped together, and what has no score is dropped.
/// </summary>
/// <param name="Counts">How many pairs have each fate.</param>
public sealed record PairFunnel(IReadOnlyDictionary<PairFate, int> Counts)
{
    private const double Threshold = 50;

    /// <summary>Counts fates.</summary>
    public static PairFunnel Of(IEnumerable<PairFate> fates)
    {
        var counts = fates.CountBy(fate => fate).ToDictionary();
        return new(Enum.GetValues<PairFate>().ToDictionary(fate => fate, fate => counts.GetValueOrDefault(fate)));
    }

    /// <summary>All pairs.</summary>
    public int Asked => Counts.Values.Sum();

    /// <summary>The pairs that are kept.</summary>
    public int Kept => Counts[PairFate.Kept];

    /// <summary>What becomes of a pair.</summary>
    public static PairFate FateOf(RolloutPair pair, JudgedPair judged)
    {
        ArgumentNullException.ThrowIfNull(pair);
        ArgumentNullException.ThrowIfNull(judged);
        Judgement[] all = [judged.Positive.Trait.Judgement, judged.Negative.Trait.Judgement, judged.Positive.Coherence.Judgement, judged.Negative.Coherence.Judgement];
        if (string.IsNullOrWhiteSpace(pair.Positive) || string.IsNullOrWhiteSpace(pair.Negative))
            return PairFate.Empty;
        if (all.OfType<Score>().Select(score => score.Value).ToArray() is not [var positive, var negative, var first, var second])
            return all.Any(judgement => judgement is Refused) ? PairFate.Refused : PairFate.Unreadable;
        return Math.Min(first, second) < Threshold ? PairFate.Incoherent
            : positive < Threshold ? PairFate.TraitMissing
            : negative >= Threshold ? PairFate.TraitUnasked
            : PairFate.Kept;
    }

    /// <summary>The words for a fate.</summary>
    public static string Words(PairFate fate) => fate switch
    {
        PairFate.Kept => "kept",
        PairFate.Empty => "with an empty answer",
        PairFate.Refused => "with a refusal",
        PairFate.Unreadable => "that a judge could not read",
        PairFate.Incoherent => "with coherence below 50",
        PairFate.TraitMissing => "without the trait where it was asked for",
        _ => "with the trait where its opposite was asked for",
    };

    /// <summary>All counts in one sentence.</summary>
    public override string ToString() => FormattableString.Invariant($"of {Asked} pairs {string.Join(", ", Counts.Select(count => FormattableString.Invariant($"{count.Value} {Words(count.Key)}")))}");
}
