using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Trimtab.Tensors.Kernels.Cpu;

/// <summary>The softmax of one row, summed in 16 lanes on every processor.</summary>
internal static unsafe class SoftmaxKernel
{
    private const int Lanes = 16;

    /// <summary>y = e^(x − max) / Σ e^(x − max); y may be x.</summary>
    public static void Apply(ReadOnlySpan<float> x, Span<float> y)
    {
        int padded = (x.Length + Lanes - 1) / Lanes * Lanes;
        using var buffer = ThreadBuffer.Rent(ScratchUse.Kernel, (long)padded * sizeof(float));
        var row = new Span<float>(buffer.Floats, padded);
        x.CopyTo(row);
        row[x.Length..].Fill(float.NegativeInfinity);
        InPlace(buffer.Floats, padded);
        row[..x.Length].CopyTo(y);
    }

    /// <summary>The softmax of <paramref name="count"/> values in place, a multiple of 16; those that are minus infinity become 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void InPlace(float* x, int count)
    {
        Vector256<float> largest = Vector256.Load(x), second = Vector256.Load(x + 8);
        for (int i = Lanes; i < count; i += Lanes)
        {
            // A NaN may get lost here; its exponential brings it back.
            largest = Vector256.MaxNative(largest, Vector256.Load(x + i));
            second = Vector256.MaxNative(second, Vector256.Load(x + i + 8));
        }
        var shift = Vector256.Create(Largest(Vector256.MaxNative(largest, second)));
        Vector256<float> low = default, high = default;
        for (int i = 0; i < count; i += Lanes)
        {
            var first = VectorFunctions.ExpOfNegative(Vector256.Load(x + i) - shift);
            var next = VectorFunctions.ExpOfNegative(Vector256.Load(x + i + 8) - shift);
            low += first;
            high += next;
            first.Store(x + i);
            next.Store(x + i + 8);
        }
        var factor = Vector256.Create(1 / Vector256.Sum(low + high));
        for (int i = 0; i < count; i += Lanes)
        {
            (Vector256.Load(x + i) * factor).Store(x + i);
            (Vector256.Load(x + i + 8) * factor).Store(x + i + 8);
        }
    }

    private static float Largest(Vector256<float> x)
    {
        float largest = x[0];
        for (int i = 1; i < Vector256<float>.Count; i++)
            largest = MathF.Max(largest, x[i]);
        return largest;
    }
}
