using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Trimtab.Tensors.Kernels.Panels;
using Trimtab.Tensors.Kernels.Quant;

namespace Trimtab.Tensors.Kernels.Emitted;

/// <summary>Rows rounded to the nearest brain floats, ties to even, in pairs of positions; an odd last position is paired with a zero.</summary>
internal sealed unsafe class BrainPairRows : RowForm
{
    /// <summary>The bytes of two positions.</summary>
    public const int PairBytes = 4;

    private BrainPairRows() { }

    /// <summary>The one instance: forms are compared by reference.</summary>
    public static BrainPairRows Instance { get; } = new();

    /// <inheritdoc/>
    public override long Bytes(int inner) => RowSpacing.Of((inner + 1) / 2 * (long)PairBytes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Prepare(float* row, int inner, byte* target)
    {
        ushort* codes = (ushort*)target;
        int k = 0;
        for (; k <= inner - 32; k += 32)
            Vector512.Narrow(Round(Vector512.Load(row + k)), Round(Vector512.Load(row + k + 16))).Store(codes + k);
        for (; k < inner; k++)
            codes[k] = BrainFloat.Encode(row[k]);
        if (inner % 2 != 0)
            codes[inner] = 0;
    }

    // The upper half of each single, after adding just under half of its last place, or exactly half where that place is odd. Not-a-numbers are only cut off, made quiet.
    private static Vector512<uint> Round(Vector512<float> values)
    {
        var bits = values.AsUInt32();
        var upper = bits >>> 16;
        var rounded = (bits + Vector512.Create(0x7FFFu) + (upper & Vector512<uint>.One)) >>> 16;
        return Vector512.ConditionalSelect(Vector512.Equals(values, values).AsUInt32(), rounded, upper | Vector512.Create(0x40u));
    }
}

/// <summary>How far apart prepared rows lie.</summary>
internal static class RowSpacing
{
    /// <summary>
    /// The smallest odd number of cache lines that holds <paramref name="bytes"/>: the rows of a tile are read side by side, and rows an even power of two apart would
    /// compete for the same few places of the nearest cache.
    /// </summary>
    public static long Of(long bytes) => ((bytes + 63) / 64 | 1) * 64;
}
