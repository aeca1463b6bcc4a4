using System.Globalization;

namespace Trimtab.Models.Hooks;

/// <summary>What a gate came to for a prompt.</summary>
public enum GateOutcome
{
    /// <summary>The intervention does not apply.</summary>
    Closed,
    /// <summary>The intervention applies.</summary>
    Open,
    /// <summary>The prompt does not rule it out; what is left of the gate decides at each token.</summary>
    ByToken,
}

/// <summary>Which side of a threshold a score must lie on.</summary>
public enum GateComparison
{
    /// <summary>Above it.</summary>
    Larger,
    /// <summary>Below it.</summary>
    Smaller,
}

/// <summary>One score of a prompt beside its threshold.</summary>
/// <param name="Gate">What was scored, and where.</param>
/// <param name="Score">The score.</param>
/// <param name="Threshold">The threshold.</param>
/// <param name="Comparison">Which side opens.</param>
public sealed record GateScore(string Gate, double Score, double Threshold, GateComparison Comparison)
{
    /// <summary>Whether the score lies on the side that opens; at the threshold itself it does not.</summary>
    public bool Holds => Comparison == GateComparison.Larger ? Score > Threshold : Score < Threshold;

    /// <summary>The score and its threshold, as a clause.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Gate} scored {Score:G6}, {(Holds ? "" : "not ")}{(Comparison == GateComparison.Larger ? "larger" : "smaller")} than {Threshold:G6}");
}

/// <summary>Whether an intervention applies to a sequence, and why.</summary>
/// <param name="Intervention">The intervention: its edit, where, and on which tokens.</param>
/// <param name="Outcome">What was decided.</param>
/// <param name="Scores">Every score that went into it.</param>
public sealed record GateDecision(string Intervention, GateOutcome Outcome, IReadOnlyList<GateScore> Scores)
{
    /// <summary>The decision and its reason, on one line.</summary>
    public override string ToString()
    {
        string outcome = Outcome switch { GateOutcome.Closed => "closed", GateOutcome.Open => "open", _ => "decided at each token" };
        return $"{Intervention}: {outcome} — {string.Join("; ", Scores)}";
    }
}
