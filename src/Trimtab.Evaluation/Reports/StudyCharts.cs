using Trimtab.Evaluation.Metrics;
using Trimtab.Evaluation.Personas;
using Trimtab.Evaluation.Screening;
using Trimtab.Evaluation.Studies;
using Trimtab.Evaluation.Sweeps;
using Trimtab.Organism;

namespace Trimtab.Evaluation.Reports;

/// <summary>The charts of studies.</summary>
public static class StudyCharts
{
    /// <summary>Trait, coherence and facts over strengths at the chosen layer; none where nothing was chosen.</summary>
    public static IReadOnlyList<LineChart> Of(PersonaResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (result.Verification is not { } verified)
            return [];
        Arm[] doses = [verified.Unsteered, .. verified.Dose];
        ChartLine Line(string name, Func<Arm, Estimate?> value) => new(name, [.. doses.Where(arm => value(arm) is { IsNone: false }).Select(arm => ((double)arm.Strength, value(arm)!.Value))]);
        List<ChartLine> lines = [Line(result.Trait, arm => arm.Trait), Line("coherence", arm => arm.Coherence)];
        if (doses.Any(arm => arm.Capability is not null))
            lines.Add(Line("facts right", arm => arm.Capability));
        return [new LineChart(FormattableString.Invariant($"after block {result.Chosen!.Layer}"), "strength, as a fraction of the residual norm", 100, lines)];
    }

    /// <summary>Every condition: its mean reading before the answer against the trait of its answers, at the hook point that claims are about.</summary>
    public static IReadOnlyList<LineChart> Of(MonitoringStudyResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        int at = result.At.Index().Single(point => point.Item == result.Fixed).Index;
        return
        [
            new LineChart($"trait after, {result.Fixed}", "coordinate before the answer", 100, [.. result.Conditions.Where(of => of.MeanScore is not null).GroupBy(of => of.Condition.Kind)
                .Select(kind => new ChartLine(kind.Key == ConditionKind.SystemPrompt ? "system prompts" : "demonstrations", [.. kind.Select(of => (of.MeanBefore(at), of.MeanScore!.Value)).Order()]) { IsMarks = true })]),
        ];
    }

    /// <summary>Every set: its projection difference against the share of its samples that the difference flags, and that the text judge finds.</summary>
    public static IReadOnlyList<LineChart> Of(ScreeningStudyResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        ChartLine Line(string name, Func<StudiedSet, int> found) => new(name, [.. result.Sets.Select(set => (set.Difference.Value, 100.0 * found(set) / set.Difference.Count)).Order()]) { IsMarks = true };
        return [new LineChart("samples found, %", "projection difference of the set", 100, [Line("by the difference", set => set.Flagged), Line("by the text judge", set => set.Judged)])];
    }

    /// <summary>Every data set: what was foretold, before training and by the shift, against the trait of the trained model.</summary>
    public static IReadOnlyList<LineChart> Of(FineTuningStudyResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        LineChart Chart(string foretold, Func<TunedTrait, Estimate> value) => new("trait after fine-tuning", foretold, 100,
            [.. result.Traits.Select(trait => new ChartLine(Name(trait), [.. result.Sets.Select(set => (value(set[trait]).Value, set[trait].Score.Value)).Order()]) { IsMarks = true })]);
        return [Chart("projection difference of the data", of => of.Difference), Chart("shift of the model", of => of.Shift)];
    }

    /// <summary>The trait, and the facts, over the strengths of every treatment, each from its weakest to its strongest.</summary>
    public static IReadOnlyList<LineChart> Of(PreventionStudyResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var curves = result.Doses.Where(dose => dose.Curve.Count > 1).ToList();
        LineChart Chart(string title, Func<Arm, double> value) => new(title, "strength, weakest to strongest", 100,
            [.. curves.Select(dose => new ChartLine(dose.Treatment, [.. dose.Curve.Select((arm, index) => ((double)index, value(arm)))]))]);
        return curves.Count == 0 ? [] : [Chart(Name(result.Trait), arm => arm.Trait.Value), Chart("facts right", arm => arm.Capability!.Value)];
    }

    private static string Name(Trait trait) => trait.ToString().ToLowerInvariant();
}
