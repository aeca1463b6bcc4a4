using Trimtab.Evaluation.Metrics;

namespace Trimtab.Evaluation.Studies;

/// <summary>What the numbers say of a claim.</summary>
public enum Finding
{
    /// <summary>They bear it out.</summary>
    Holds,
    /// <summary>They contradict it.</summary>
    Fails,
    /// <summary>The intervals overlap, or the case did not arise.</summary>
    Undecided,
}

/// <summary>A published claim, held against a model organism.</summary>
/// <param name="Statement">What is claimed.</param>
/// <param name="Source">By whom.</param>
/// <param name="Finding">What the numbers say.</param>
/// <param name="Numbers">The numbers.</param>
public sealed record Claim(string Statement, string Source, Finding Finding, string Numbers)
{
    /// <summary>
    /// The claim that one thing is larger than another, by their intervals. Where equality is claimed as well, overlapping intervals bear it out: no loss could be shown. Undecided where one of them was not measured.
    /// </summary>
    internal static Claim Larger(string statement, string source, string oneName, Estimate? one, string otherName, Estimate? other, bool orEqual = false)
    {
        if (one is null or { IsNone: true } || other is null or { IsNone: true })
            return new Claim(statement, source, Finding.Undecided, "no setting kept the answers coherent, so there is nothing to compare");
        var finding = one.Low > other.High ? Finding.Holds : one.High < other.Low ? Finding.Fails : orEqual ? Finding.Holds : Finding.Undecided;
        return new Claim(statement, source, finding, $"{oneName} {one}, {otherName} {other}");
    }

    /// <summary>The claim that two things go together, by Pearson's r: it holds where the interval lies above 0. Undecided where r cannot be told.</summary>
    internal static Claim Correlated(string statement, string source, Estimate? r, string where = "") => r is null
        ? new Claim(statement, source, Finding.Undecided, "one of them does not vary")
        : new Claim(statement, source, r.Low > 0 ? Finding.Holds : r.High < 0 ? Finding.Fails : Finding.Undecided, $"r = {Correlation.Text(r)}{where}");
}
