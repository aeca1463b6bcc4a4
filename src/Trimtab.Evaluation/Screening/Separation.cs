namespace Trimtab.Evaluation.Screening;

/// <summary>How well a score tells two groups apart.</summary>
public static class Separation
{
    /// <summary>
    /// The area under the receiver's curve (Hanley and McNeil 1982): the chance that a value of the first group lies above one of the second, a tie counting half. 1 and 0 are perfect, 0.5 is none.
    /// </summary>
    /// <param name="positives">The first group's values.</param>
    /// <param name="negatives">The second group's.</param>
    /// <exception cref="ArgumentException">A group is empty.</exception>
    public static double Auc(IReadOnlyList<double> positives, IReadOnlyList<double> negatives)
    {
        ArgumentNullException.ThrowIfNull(positives);
        ArgumentNullException.ThrowIfNull(negatives);
        if (positives.Count == 0 || negatives.Count == 0)
            throw new ArgumentException($"Separation: {positives.Count} values and {negatives.Count} were given — at least one of each is needed.", nameof(positives));
        double[] sorted = [.. negatives.Order()];
        double won = positives.Sum(value => (Below(sorted, value, orEqual: false) + (double)Below(sorted, value, orEqual: true)) / 2);
        return won / ((double)positives.Count * sorted.Length);
    }

    /// <summary>How many of some sorted values lie below one, or not above it.</summary>
    private static int Below(double[] sorted, double value, bool orEqual)
    {
        int low = 0, high = sorted.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = sorted[middle] < value || (orEqual && sorted[middle] == value) ? (middle + 1, high) : (low, middle);
        }
        return low;
    }
}
