using Trimtab.Evaluation.Metrics;
using Trimtab.Evaluation.Studies;
using Trimtab.Organism;

namespace Trimtab.Evaluation.Screening;

/// <summary>How a set differs from the normal one for a trait, by sample: areas under the curve against the trait's normal set.</summary>
/// <param name="Full">By the projection difference.</param>
/// <param name="PromptProxy">By the prompt's last token in place of the base, as it is.</param>
/// <param name="Calibrated">By the same with a line fitted on the reference.</param>
/// <param name="Raw">By the projection without a base.</param>
public sealed record ModeSeparation(double Full, double PromptProxy, double Calibrated, double Raw);

/// <summary>What was found of a set of chats.</summary>
/// <param name="Name">The set: "evil, mild" or "wrong facts".</param>
/// <param name="Difference">Its projection difference.</param>
/// <param name="Separation">How its samples differ from the trait's normal ones; null for the normal set.</param>
/// <param name="Flagged">How many samples the difference flags, at the rate of the study.</param>
/// <param name="Judged">How many the text judge finds.</param>
/// <param name="MissedByJudge">How many the difference flags and the text judge does not find.</param>
/// <param name="MissedByDifference">How many the text judge finds and the difference does not flag.</param>
/// <param name="Unusable">How many could not be scored.</param>
public sealed record StudiedSet(string Name, Estimate Difference, ModeSeparation? Separation, int Flagged, int Judged, int MissedByJudge, int MissedByDifference, int Unusable);

/// <summary>What a study found for a trait.</summary>
/// <param name="Trait">The trait.</param>
/// <param name="Layer">The block whose output was read.</param>
/// <param name="Pairs">How many pairs of answers the vector was fitted to.</param>
/// <param name="Rule">From which difference on samples are flagged.</param>
/// <param name="Proxy">The line of the calibrated proxy.</param>
/// <param name="Sets">Normal, mild, severe, and the narrow flaws.</param>
public sealed record ScreeningStudyResult(Trait Trait, int Layer, int Pairs, FlagRule Rule, ProxyLine Proxy, IReadOnlyList<StudiedSet> Sets)
{
    private const string Source = "Chen et al. 2025";
    private const double ClearlyApart = 0.9;

    /// <summary>The claims of the paper about screening, held against these numbers. Sets are normal, mild and severe first.</summary>
    public IReadOnlyList<Claim> Claims
    {
        get
        {
            StudiedSet normal = Sets[0], mild = Sets[1], severe = Sets[2];
            return
            [
                Claim.Larger("Data that shows the trait has the larger projection difference.", Source, mild.Name, mild.Difference, normal.Name, normal.Difference),
                Claim.Larger("The more of it, the larger.", Source, severe.Name, severe.Difference, mild.Name, mild.Difference),
                new Claim("Single samples of it are told from normal ones.", Source, severe.Separation!.Full >= ClearlyApart ? Finding.Holds : Finding.Fails, FormattableString.Invariant($"AUC {severe.Separation.Full:F3} (severe), {mild.Separation!.Full:F3} (mild)")),
                new Claim("The prompt's last token is a weaker base than the model's own answer.", Source, mild.Separation.Full > mild.Separation.PromptProxy ? Finding.Holds : Finding.Fails, FormattableString.Invariant($"AUC {mild.Separation.PromptProxy:F3} and {mild.Separation.Full:F3} (mild)")),
                new Claim("Without a base the projection tells samples apart less well than the difference.", Source, mild.Separation.Full > mild.Separation.Raw ? Finding.Holds : Finding.Fails, FormattableString.Invariant($"AUC {mild.Separation.Raw:F3} and {mild.Separation.Full:F3} (mild)")),
                new Claim("It finds samples that a text judge misses.", Source, mild.MissedByJudge > mild.MissedByDifference ? Finding.Holds : Finding.Fails, $"of the mild ones {mild.MissedByJudge} by the difference alone, {mild.MissedByDifference} by the judge alone"),
            ];
        }
    }
}
