using System.Runtime.Intrinsics;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>
/// One of the 256-element types of GGUF, as stored and as it lies in a panel. In a panel, super-block b of 16 outputs is one stretch of memory:
/// a header (<see cref="SuperBlockLayout"/>), then per quad — 4 neighbouring positions × 16 outputs — a line of 32 bytes whose low nibbles belong to outputs 0–7 and high nibbles to
/// 8–15, output by output, then the codes' upper bits, if they have any.
/// </summary>
internal unsafe interface ISuperBlock
{
    /// <summary>The element type.</summary>
    static abstract DType Type { get; }

    /// <summary>Bytes of a super-block of a panel: a multiple of 64.</summary>
    static abstract int Bytes { get; }

    /// <summary>Whether 32 positions' products with codes of ±127 fit 16 bits in two halves, so that a group needs one multiplication by its scale; otherwise 8 do.</summary>
    static abstract bool IsNarrow { get; }

    /// <summary>True: value = d·s·(code − 32), s signed, per 16 positions. False: value = d·s·code − dmin·m, s and m per 32.</summary>
    static abstract bool IsCentred { get; }

    /// <summary>Where a stored block holds its half d; dmin, where there is one, lies behind it.</summary>
    static abstract int ScaleOffset { get; }

    /// <summary>Positions 4·quad … + 3 of a stored block: four codes, one per byte.</summary>
    static abstract uint StoredQuad(byte* block, int quad);

    /// <summary>Byte <paramref name="index"/> of a panel's 256 scale bytes, for one output's stored block: 16 scales, or 8 scales and 8 minima.</summary>
    static abstract byte StoredScale(byte* block, int index);

    /// <summary>Adds the upper bits of vector <paramref name="part"/> of a pair of quads (see <see cref="Pair"/>), lane <paramref name="lane"/>, to a cleared panel block.</summary>
    static abstract void StoreUpper(byte* panelBlock, int pair, int part, int lane, uint quad);

    /// <summary>The codes of positions position + next … + 7, two quads: of each, outputs 0–7 and 8–15, four positions per output.</summary>
    static abstract void Pair(byte* panelBlock, nint position, int next, out Vector256<byte> first, out Vector256<byte> firstHigh, out Vector256<byte> second, out Vector256<byte> secondHigh);
}

/// <summary>What the panels of all super-block types have in common.</summary>
internal static class SuperBlockLayout
{
    /// <summary>Offsets in a panel's super-block: 16 halves d, 16 halves dmin, 256 scale bytes (16 outputs each), 64 lines of nibbles, upper bits.</summary>
    public const int Minima = 32, ScaleBytes = 64, MinimumBytes = ScaleBytes + 128, Nibbles = ScaleBytes + 256, Upper = Nibbles + 2048;
}
