using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;

namespace Trimtab.Steering;

/// <summary>A place and a threshold at which a condition vector tells two sets of prompts apart.</summary>
/// <param name="At">Where prompts are read.</param>
/// <param name="Threshold">The threshold, midway between the two scores next to it.</param>
/// <param name="Comparison">Which side opens.</param>
/// <param name="F1">2PR/(P + R) of opening for the first set, 0 … 1.</param>
/// <param name="Margin">The distance between the two scores next to the threshold.</param>
public sealed record ConditionPoint(HookPoint At, double Threshold, GateComparison Comparison, double F1, double Margin)
{
    /// <summary>The gate that decides as this point does.</summary>
    /// <param name="vector">The condition vector that was searched with.</param>
    /// <param name="reading">What was read.</param>
    public ConditionGate Gate(SteeringVector vector, GateReading reading = GateReading.PromptMean) => new(At, Direction.Of(vector), Threshold, Comparison) { Reading = reading };
}

/// <summary>
/// Finds where and with which threshold a condition vector tells the prompts that it is for from others (CAST, Lee et al. 2024, section 3.3): the hook points of the vector ×
/// every threshold between two scores × both comparisons, by F1. The reference code tries thresholds in steps of 0.01; here every threshold that can make a difference is.
/// </summary>
public static class ConditionSearch
{
    /// <summary>The best threshold of every hook point, the best point first; of equal F1 the wider margin, then the earlier point.</summary>
    /// <param name="model">The model; its edits are not applied.</param>
    /// <param name="condition">The condition vector, with a direction at each point that is to be tried.</param>
    /// <param name="prompts">The prompts for which the gate shall open, as tokens.</param>
    /// <param name="others">Those for which it shall stay closed.</param>
    /// <param name="reading">What of a prompt is read.</param>
    /// <param name="progress">Told how many prompts are read.</param>
    /// <param name="cancellation">Ends the search between layers.</param>
    /// <exception cref="ArgumentException">A set is empty, the reading is not one of prompts, or no two scores differ.</exception>
    /// <exception cref="SteeringException">The vector is not for this model, or has directions that are not as wide as the residual stream.</exception>
    public static IReadOnlyList<ConditionPoint> Rank(LoadedModel model, SteeringVector condition, IReadOnlyList<int[]> prompts, IReadOnlyList<int[]> others,
        GateReading reading = GateReading.PromptMean, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        if (prompts.Count == 0 || others.Count == 0)
            throw new ArgumentException($"Condition search: {prompts.Count} prompts to open for and {others.Count} others were given. At least one of each is needed.", nameof(prompts));
        if (reading == GateReading.EachToken)
            throw new ArgumentException("Condition search: a condition is decided once, by the prompt. Read prompt-mean or last-prompt-token.", nameof(reading));
        VectorCompatibility.Require(condition, model);
        foreach (var narrow in condition.HookPoints.Where(point => !VectorPoints.IsResidualWide(point.Site)))
            throw new SteeringException($"Condition search: {narrow} is not as wide as the residual stream. Leave it away (Only).");
        EncodedExample[] examples = [.. prompts.Concat(others).Select(ids => new EncodedExample(ids, ids.Length))];
        var rule = reading == GateReading.LastPromptToken ? TokenRule.LastPromptToken : TokenRule.WholePrompt;
        var rows = new PooledActivations().Read(model, examples, rule, condition.HookPoints, progress, cancellation);
        return [.. condition.HookPoints.Select(point => Best(point, rows[point], Direction.Unit(condition[point], point), prompts.Count))
            .OrderByDescending(found => found.F1).ThenByDescending(found => found.Margin)];
    }

    private static ConditionPoint Best(HookPoint point, Tensor rows, Tensor unit, int prompts)
    {
        double[] scores = [.. Enumerable.Range(0, rows.RowCount).Select(row => ConditionGate.Similarity(rows.Row(row), unit.Values))];
        return ThresholdSearch.Best(scores[..prompts], scores[prompts..]) is { } best
            ? new ConditionPoint(point, best.Threshold, best.Comparison, best.F1, best.Margin)
            : throw new ArgumentException($"Condition search: at {point} all prompts have the score {scores[0]}, so no threshold tells them apart. Give prompts that differ.");
    }
}
