using System.Buffers;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;
using Trimtab.Tensors.Threading;

namespace Trimtab.Training.Sae;

/// <summary>Leaves the largest positive values of a matrix standing and puts 0 in the place of all others. Of equal values the first stand.</summary>
internal static class KeepLargest
{
    /// <summary>The k largest of each row (Gao et al. 2024, arXiv 2406.04093, equation 4).</summary>
    public static void OfEachRow(Tensor values, int k) => WorkerTeam.Shared.For(values.RowCount, 1, (values, k), static (s, first, end) =>
    {
        for (int row = first; row < end; row++)
            Keep(s.values.Row(row), s.k);
    });

    /// <summary>The k · N largest of all N rows (BatchTopK, Bussmann et al. 2024, arXiv 2412.06410); returns the smallest that stands, 0 where none does.</summary>
    public static float OfAllRows(Tensor values, int k) => Keep(values.Values, k * values.RowCount);

    // Returns the smallest value that stands.
    private static float Keep(Span<float> values, int k)
    {
        int[] places = ArrayPool<int>.Shared.Rent(k);
        float[] kept = ArrayPool<float>.Shared.Rent(k);
        int count = LargestValues.Find(values, places.AsSpan(0, k));
        for (int i = 0; i < count; i++)
            kept[i] = values[places[i]];
        values.Clear();
        float smallest = float.PositiveInfinity;
        for (int i = 0; i < count; i++)
            if (!(kept[i] <= 0))
                (values[places[i]], smallest) = (kept[i], Math.Min(smallest, kept[i]));
        ArrayPool<int>.Shared.Return(places);
        ArrayPool<float>.Shared.Return(kept);
        return float.IsPositiveInfinity(smallest) ? 0 : smallest;
    }
}
