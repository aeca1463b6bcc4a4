using System.Buffers;
using Trimtab.Tensors;
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
        float[] positive = ArrayPool<float>.Shared.Rent(values.Length);
        int count = 0;
        foreach (float value in values)
            if (value > 0)
                positive[count++] = value;
        float least = count <= k ? 0 : KthLargest(positive.AsSpan(0, count), k);
        ArrayPool<float>.Shared.Return(positive);
        int ties = k;
        foreach (float value in values)
            ties -= value > least ? 1 : 0;
        float smallest = float.PositiveInfinity;
        for (int i = 0; i < values.Length; i++)
        {
            bool stands = values[i] > least || (values[i] == least && least > 0 && ties-- > 0);
            values[i] = stands ? values[i] : 0;
            if (stands)
                smallest = Math.Min(smallest, values[i]);
        }
        return float.IsFinite(smallest) ? smallest : 0;
    }

    // Hoare's selection (1961): narrows the part that holds place k until all of it is equal.
    private static float KthLargest(Span<float> values, int k)
    {
        int low = 0, high = values.Length - 1, place = k - 1;
        while (low < high)
        {
            float pivot = MedianOfThree(values[low], values[(low + high) / 2], values[high]);
            int i = low, j = high;
            while (i <= j)
            {
                while (values[i] > pivot)
                    i++;
                while (values[j] < pivot)
                    j--;
                if (i <= j)
                {
                    (values[i], values[j]) = (values[j], values[i]);
                    (i, j) = (i + 1, j - 1);
                }
            }
            if (place <= j)
                high = j;
            else if (place >= i)
                low = i;
            else
                return values[place];
        }
        return values[place];
    }

    private static float MedianOfThree(float a, float b, float c) => Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));
}
