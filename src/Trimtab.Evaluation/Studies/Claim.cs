using Trimtab.Evaluation.Metrics;

namespace Trimtab.Evaluation.Studies;

/// <summary>What the numbers say of a claim.</summary>
public enum Finding
{
    /// <summary>They bear it out.</summary>
    Holds,
    /// <summary>They contradict it.</summary>
    Fails,
    /// <summary>The intervals leave both open, or the case did not arise.</summary>
    Undecided,
}

/// <summary>A published claim, held against a model organism.</summary>
/// <param name="Statement">What is claimed.</param>
/// <param name="Source">By whom.</param>
/// <param name="Finding">What the numbers say.</param>
/// <param name="Numbers">The numbers.</param>
public sealed record Claim(string Statement, string Source, Finding Finding, string Numbers)
{
    /// <summary>How many points fewer still count as no fewer.</summary>
    internal const double Margin = 5;

    /// <summary>The r from which on two things count as going together: a smaller one explains less than 4 % of the variance.</summary>
    internal const double LeastCorrelation = 0.2;

    /// <summary>The claim that one thing is larger than another, by their intervals: apart, apart the other way round, or overlapping. Undecided where one of them was not measured.</summary>
    internal static Claim Larger(string statement, string source, string oneName, Estimate? one, string otherName, Estimate? other)
    {
        if (one is null or { IsNone: true } || other is null or { IsNone: true })
            return NotMeasured(statement, source);
        return new Claim(statement, source, Apart(one, other), $"{oneName} {one}, {otherName} {other}");
    }

    /// <summary>The claim that one share is no smaller than another. That the intervals overlap would show nothing but few cases; what decides is the interval of the difference.</summary>
    /// <param name="statement">What is claimed.</param>
    /// <param name="source">By whom.</param>
    /// <param name="oneName">What is no smaller.</param>
    /// <param name="one">Its share, in percent.</param>
    /// <param name="otherName">What it is held against.</param>
    /// <param name="other">That one's share.</param>
    /// <param name="difference">One minus other, in points, over the same cases; null to tell it from the two intervals.</param>
    internal static Claim NoLess(string statement, string source, string oneName, Estimate? one, string otherName, Estimate? other, Estimate? difference = null)
    {
        if (one is null or { IsNone: true } || other is null or { IsNone: true })
            return NotMeasured(statement, source);
        var points = difference ?? one.Minus(other);
        return new Claim(statement, source, NoLess(points), FormattableString.Invariant($"{oneName} {one}, {otherName} {other}; difference {points}, at most {Margin:0} fewer count as none"));
    }

    /// <summary>Whether a difference in points shows no loss: its interval lies above −<see cref="Margin"/>, below it, or on both sides.</summary>
    internal static Finding NoLess(Estimate difference) => difference.Low > -Margin ? Finding.Holds : difference.High < -Margin ? Finding.Fails : Finding.Undecided;

    /// <summary>
    /// The claim that two things go together, by Pearson's r: it holds where r is at least <see cref="LeastCorrelation"/> and its interval lies above 0, and fails where the whole interval lies below that least. Undecided where r cannot be told.
    /// </summary>
    internal static Claim Correlated(string statement, string source, Estimate? r, string where = "") => r is null
        ? new Claim(statement, source, Finding.Undecided, "one of them does not vary")
        : new Claim(statement, source, r.High < LeastCorrelation ? Finding.Fails : r.Value >= LeastCorrelation && r.Low > 0 ? Finding.Holds : Finding.Undecided, $"r = {Correlation.Text(r)}{where}");

    /// <summary>Whether one measure lies above another, interval by interval.</summary>
    internal static Finding Apart(Estimate one, Estimate other) => one.Low > other.High ? Finding.Holds : one.High < other.Low ? Finding.Fails : Finding.Undecided;

    /// <summary>The claim for which something was not measured.</summary>
    internal static Claim NotMeasured(string statement, string source) => new(statement, source, Finding.Undecided, "one of the two was not measured: no setting was tried that kept the answers coherent");
}
