using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>Where a kernel takes a panel's super-block from: as it is packed, or as it was unpacked for many rows. Pairs of vectors are for outputs 0–7 and 8–15.</summary>
internal unsafe interface ISuperBlockSource
{
    /// <summary>See <see cref="ISuperBlock"/>.</summary>
    static abstract bool IsNarrow { get; }

    /// <summary>See <see cref="ISuperBlock"/>.</summary>
    static abstract bool IsCentred { get; }

    /// <summary>From a super-block to the next.</summary>
    static abstract int Bytes { get; }

    /// <summary>See <see cref="ISuperBlock.Pair"/>.</summary>
    static abstract void Pair(byte* block, nint position, int next, out Vector256<byte> first, out Vector256<byte> firstHigh, out Vector256<byte> second, out Vector256<byte> secondHigh);

    /// <summary>The scales of the 16 positions from position + next on, each twice as a short.</summary>
    static abstract void Scale(byte* block, nint position, int next, out Vector256<short> low, out Vector256<short> high);

    /// <summary>Of a centred type: −32 times the scales of the 16 positions from <paramref name="position"/> on and the next 16, side by side.</summary>
    static abstract void Offset(byte* block, nint position, out Vector256<short> low, out Vector256<short> high);

    /// <summary>Of an affine type: the minima of the group at <paramref name="position"/>.</summary>
    static abstract void Minimum(byte* block, nint position, out Vector256<float> low, out Vector256<float> high);

    /// <summary>d, or dmin where <paramref name="minima"/>.</summary>
    static abstract void Unit(byte* block, bool minima, out Vector256<float> low, out Vector256<float> high);
}

/// <summary>A super-block as it lies in the panel, taken apart in registers.</summary>
internal readonly unsafe struct PackedSource<TBlock> : ISuperBlockSource where TBlock : struct, ISuperBlock
{
    // How far ahead of the reads memory is asked for: about the latency of memory at its full rate.
    private const int Ahead = 4096;

    public static bool IsNarrow => TBlock.IsNarrow;

    public static bool IsCentred => TBlock.IsCentred;

    public static int Bytes => TBlock.Bytes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Pair(byte* block, nint position, int next, out Vector256<byte> first, out Vector256<byte> firstHigh, out Vector256<byte> second, out Vector256<byte> secondHigh)
    {
        const int Line = 64;
        int upper = (TBlock.Bytes - SuperBlockLayout.Upper) / SuperBlockRows.Elements;
        byte* ahead = block + Ahead;
        if (next == 0)
            Sse.Prefetch0(ahead + 2 * position);
        Sse.Prefetch0(ahead + SuperBlockLayout.Nibbles + 8 * position + 8 * next);
        if (upper > 0 && upper * next % Line == 0)
            Sse.Prefetch0(ahead + SuperBlockLayout.Upper + upper * position + upper * next);
        TBlock.Pair(block, position, next, out first, out firstHigh, out second, out secondHigh);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scale(byte* block, nint position, int next, out Vector256<short> low, out Vector256<short> high)
    {
        // Each scale byte becomes the upper half of two shorts; the shift brings it down with its sign.
        var scales = Avx2.BroadcastVector128ToVector256(block + SuperBlockLayout.ScaleBytes + (TBlock.IsCentred ? position + next : (position >>> 1)));
        low = Avx2.Shuffle(scales, Vector256.Create(0x0180018000800080UL, 0x0380038002800280UL, 0x0580058004800480UL, 0x0780078006800680UL).AsByte()).AsInt16() >> 8;
        high = Avx2.Shuffle(scales, Vector256.Create(0x0980098008800880UL, 0x0B800B800A800A80UL, 0x0D800D800C800C80UL, 0x0F800F800E800E80UL).AsByte()).AsInt16() >> 8;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Offset(byte* block, nint position, out Vector256<short> low, out Vector256<short> high)
    {
        var scales = Vector256.Load((sbyte*)block + SuperBlockLayout.ScaleBytes + position);
        var (first, second) = (Vector256.WidenLower(scales), Vector256.WidenUpper(scales));
        var (even, odd) = (Avx2.UnpackLow(first, second), Avx2.UnpackHigh(first, second));
        low = Avx2.Permute2x128(even, odd, 0x20) * Vector256.Create((short)-32);
        high = Avx2.Permute2x128(even, odd, 0x31) * Vector256.Create((short)-32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Minimum(byte* block, nint position, out Vector256<float> low, out Vector256<float> high)
    {
        byte* minima = block + SuperBlockLayout.MinimumBytes + (position >>> 1);
        low = Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(minima));
        high = Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(minima + 8));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unit(byte* block, bool minima, out Vector256<float> low, out Vector256<float> high) =>
        SuperBlockUnits.Decode((ushort*)(block + (minima ? SuperBlockLayout.Minima : 0)), out low, out high);
}
