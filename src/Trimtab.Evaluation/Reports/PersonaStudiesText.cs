using System.Globalization;
using System.Text;
using Trimtab.Evaluation.Metrics;
using Trimtab.Evaluation.Screening;
using Trimtab.Evaluation.Studies;

namespace Trimtab.Evaluation.Reports;

/// <summary>Studies of what persona vectors foretell, as Markdown: readings before an answer, data before training, shifts after it.</summary>
public static class PersonaStudiesText
{
    /// <summary>Readings before the answer against the trait of the answer.</summary>
    public static string ToMarkdown(this MonitoringStudyResult study)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"# Monitoring: {study.Trait.ToString().ToLowerInvariant()}").AppendLine();
        text.AppendLine("Pearson's r between the coordinate at the prompt's last token and the trait that is judged in the answers: over the means of conditions, over all their questions, and within single conditions. 95 % intervals.").AppendLine();
        text.AppendLine("| conditions | at | over conditions | over questions | within conditions | conditions within |").AppendLine("|---|---|---:|---:|---:|---:|");
        foreach (var (name, kind) in ((string, ConditionKind?)[])[("system prompts", ConditionKind.SystemPrompt), ("demonstrations", ConditionKind.Demonstrations), ("both", null)])
            foreach (var relation in study.Relations(kind))
                text.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {relation.At} | {R(relation.OverConditions)} | {R(relation.OverAll)} | {R(relation.Within)} | {relation.ConditionsWithin} of {relation.ConditionsWithin + relation.Excluded} |");
        text.AppendLine();
        ClaimTable.Append(text, study.Claims);
        text.AppendLine("## Conditions").AppendLine().AppendLine("| condition | grade | judged |").AppendLine("|---|---:|---:|");
        foreach (var condition in study.Conditions)
            text.AppendLine(CultureInfo.InvariantCulture, $"| {condition.Condition.Name} | {condition.Condition.Grade} | {condition.MeanScore:F1} |");
        foreach (var left in study.LeftOut)
            text.AppendLine(CultureInfo.InvariantCulture, $"| {left.Name} | {left.Grade} | does not fit the model's positions |");
        return text.ToString();
    }

    /// <summary>Which samples the projection difference finds.</summary>
    public static string ToMarkdown(this ScreeningStudyResult study)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"# Screening: {study.Trait.ToString().ToLowerInvariant()}, block {study.Layer}").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"A direction from {study.Pairs} pairs of answers; flags from a difference of {study.Rule.Threshold:F2} on. AUC: a sample of the set against one of the normal set.").AppendLine();
        text.AppendLine("| set | difference | AUC, full | prompt proxy | calibrated | raw | flagged | found by the text judge | by the difference alone | by the judge alone |").AppendLine("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        foreach (var set in study.Sets)
            text.AppendLine(CultureInfo.InvariantCulture, $"| {set.Name} | {PreferenceSweepPage.Precise(set.Difference)} | {set.Separation?.Full:F3} | {set.Separation?.PromptProxy:F3} | {set.Separation?.Calibrated:F3} | {set.Separation?.Raw:F3} | {set.Flagged} | {set.Judged} | {set.MissedByJudge} | {set.MissedByDifference} |");
        ClaimTable.Append(text.AppendLine(), study.Claims);
        return text.ToString();
    }

    /// <summary>What data and shifts foretell of a fine-tuned model.</summary>
    public static string ToMarkdown(this FineTuningStudyResult study)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"# Fine-tuning: {study.Model}, {study.At}").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"Adapters trained on {study.Count} chats of each data set. For each trait: the projection difference of the data, the shift of the trained model along the direction, the trait in its answers (0 to 100).").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"| data | facts | {string.Join(" | ", study.Traits.Select(trait => $"{trait.ToString().ToLowerInvariant()}: difference | shift | trait"))} |").AppendLine(CultureInfo.InvariantCulture, $"|---|---:|{string.Concat(study.Traits.Select(_ => "---:|---:|---:|"))}");
        foreach (var set in study.Sets)
            text.AppendLine(CultureInfo.InvariantCulture, $"| {set.Data} | {set.Facts} | {string.Join(" | ", set.Traits.Select(of => FormattableString.Invariant($"{of.Difference.Value:F2} | {of.Shift.Value:F2} | {of.Score}")))} |");
        ClaimTable.Append(text.AppendLine(), study.Claims);
        return text.ToString();
    }

    private static string R(Estimate? r) => r is null ? "–" : Correlation.Text(r);
}
