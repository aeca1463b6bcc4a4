using Trimtab.Tensors.Ops;

namespace Trimtab.Tensors.Kernels.Reference;

/// <summary>The gradient of a rotary embedding of one head.</summary>
internal static class RotaryGradientReference
{
    /// <summary>Every pair of results (a·cos − b·sin, a·sin + b·cos) gives a and b their factors back: da = du·cos + dv·sin, db = dv·cos − du·sin.</summary>
    public static double[] Rotate(double[] dy, int offset, double[] cos, double[] sin, RotaryPairs pairs)
    {
        var dx = (double[])dy.Clone();
        for (int i = 0; i < cos.Length; i++)
        {
            int first = offset + (pairs == RotaryPairs.Halves ? i : 2 * i);
            int second = offset + (pairs == RotaryPairs.Halves ? i + cos.Length : 2 * i + 1);
            dx[first] = dy[first] * cos[i] + dy[second] * sin[i];
            dx[second] = dy[second] * cos[i] - dy[first] * sin[i];
        }
        return dx;
    }
}
