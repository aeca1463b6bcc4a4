using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Trimtab.Tensors.Ops;

/// <summary>Finds the largest of many values without sorting them.</summary>
public static class LargestValues
{
    private const int Magnitude = int.MaxValue, Infinity = 0x7F800000;

    /// <summary>
    /// The places of the k largest values, ascending; of equal values the first are taken, and what is no number counts as larger than all numbers, so that it is not lost.
    /// </summary>
    /// <param name="values">The values.</param>
    /// <param name="places">Room for k places.</param>
    /// <returns>How many were found: k, or fewer where there are fewer values.</returns>
    public static int Find(ReadOnlySpan<float> values, Span<int> places)
    {
        int k = places.Length;
        if (k == 0 || values.IsEmpty)
            return 0;
        // Candidates gather behind the best so far; when twice k are there, the best k of them raise the bar, which nearly all values then fail in one comparison.
        long[] candidates = ArrayPool<long>.Shared.Rent(2 * k + Vector<float>.Count);
        int count = 0, bar = int.MinValue;
        var bits = MemoryMarshal.Cast<float, int>(values);
        int whole = values.Length - values.Length % Vector<int>.Count;
        for (int block = 0; block < whole; block += Vector<int>.Count)
            if (Vector.GreaterThanAny(Key(new Vector<int>(bits[block..])), new Vector<int>(bar)))
                Gather(bits.Slice(block, Vector<int>.Count), block, k, candidates, ref count, ref bar);
        Gather(bits[whole..], whole, k, candidates, ref count, ref bar);
        if (count > k)
            count = Keep(candidates.AsSpan(0, count), k);
        for (int i = 0; i < count; i++)
            places[i] = ~(int)(uint)candidates[i];
        places[..count].Sort();
        ArrayPool<long>.Shared.Return(candidates);
        return count;
    }

    // The bits of a float as a whole number in the order of the floats, with NaN of either sign on top.
    private static int Key(int bits) => (bits & Magnitude) > Infinity ? int.MaxValue : bits ^ ((bits >> 31) & Magnitude);

    private static Vector<int> Key(Vector<int> bits) => Vector.ConditionalSelect(Vector.GreaterThan(bits & new Vector<int>(Magnitude), new Vector<int>(Infinity)),
        new Vector<int>(int.MaxValue), bits ^ (Vector.ShiftRightArithmetic(bits, 31) & new Vector<int>(Magnitude)));

    private static void Gather(ReadOnlySpan<int> bits, int first, int k, long[] candidates, ref int count, ref int bar)
    {
        for (int i = 0; i < bits.Length; i++)
        {
            int key = Key(bits[i]);
            if (key <= bar && count >= k)
                continue;
            // One number that orders by value and then by place, the earlier above.
            candidates[count++] = ((long)key << 32) | (uint)~(first + i);
            if (count < 2 * k)
                continue;
            count = Keep(candidates.AsSpan(0, count), k);
            bar = (int)(candidates[k - 1] >> 32);
        }
    }

    // Hoare's selection (1961): the k largest come first, the smallest of them at place k − 1.
    private static int Keep(Span<long> values, int k)
    {
        int low = 0, high = values.Length - 1, place = k - 1;
        while (low < high)
        {
            long pivot = MedianOfThree(values[low], values[(low + high) / 2], values[high]);
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
                break;
        }
        return k;
    }

    private static long MedianOfThree(long a, long b, long c) => Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));
}
