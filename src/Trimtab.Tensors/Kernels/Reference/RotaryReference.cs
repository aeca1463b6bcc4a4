using Trimtab.Tensors.Ops;

namespace Trimtab.Tensors.Kernels.Reference;

/// <summary>Rotary position embedding of one head.</summary>
internal static class RotaryReference
{
    /// <summary>
    /// Turns the values from <paramref name="offset"/> on, pair by pair, by the angles whose cosines and sines are given: (a, b) becomes
    /// (a·cos − b·sin, a·sin + b·cos). All other values stay.
    /// </summary>
    public static double[] Rotate(double[] head, int offset, double[] cos, double[] sin, RotaryPairs pairs)
    {
        var turned = (double[])head.Clone();
        int count = cos.Length;
        for (int i = 0; i < count; i++)
        {
            int first = offset + (pairs == RotaryPairs.Halves ? i : 2 * i);
            int second = offset + (pairs == RotaryPairs.Halves ? i + count : 2 * i + 1);
            turned[first] = head[first] * cos[i] - head[second] * sin[i];
            turned[second] = head[first] * sin[i] + head[second] * cos[i];
        }
        return turned;
    }
}
