using Trimtab.Models.Hooks;

namespace Trimtab.Steering;

/// <summary>The threshold between scores that tells two classes apart best.</summary>
internal static class ThresholdSearch
{
    /// <summary>
    /// The threshold, midway between two neighbouring scores, and the comparison with the largest F1 = 2TP/(2TP + FP + FN) for the first class; of equal F1 the one in the
    /// widest gap, then larger before smaller, then the lowest. Null where no two scores differ.
    /// </summary>
    public static (double Threshold, GateComparison Comparison, double F1, double Margin)? Best(double[] positives, double[] negatives)
    {
        double[] scores = [.. positives.Concat(negatives).Distinct().Order()];
        (double Threshold, GateComparison Comparison, double F1, double Margin)? best = null;
        foreach (var comparison in (GateComparison[])[GateComparison.Larger, GateComparison.Smaller])
            for (int i = 0; i + 1 < scores.Length; i++)
            {
                double threshold = scores[i] + (scores[i + 1] - scores[i]) / 2, margin = scores[i + 1] - scores[i];
                double f1 = F1(positives, negatives, threshold, comparison);
                if (best is null || f1 > best.Value.F1 || (f1 == best.Value.F1 && margin > best.Value.Margin))
                    best = (threshold, comparison, f1, margin);
            }
        return best;
    }

    private static double F1(double[] positives, double[] negatives, double threshold, GateComparison comparison)
    {
        bool Opens(double score) => comparison == GateComparison.Larger ? score > threshold : score < threshold;
        int truePositives = positives.Count(Opens), falsePositives = negatives.Count(Opens);
        return 2.0 * truePositives / (truePositives + falsePositives + positives.Length);
    }
}
