using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>Q4_K: 4.625 bits per weight in a panel.</summary>
internal readonly unsafe struct Q4SuperBlock : ISuperBlock
{
    public static DType Type => DType.Q4_K;

    public static int Bytes => SuperBlockLayout.Upper;

    // 32 positions in two halves of 16: 16 · 15 · 127 = 30480.
    public static bool IsNarrow => true;

    public static bool IsCentred => false;

    public static int ScaleOffset => 0;

    public static uint StoredQuad(byte* block, int quad) => AffineScales.Nibbles(block + 16, quad);

    public static byte StoredScale(byte* block, int index) => AffineScales.Byte(block + 4, index);

    public static void StoreUpper(byte* panelBlock, int pair, int part, int lane, uint quad)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Pair(byte* panelBlock, nint position, int next, out Vector256<byte> first, out Vector256<byte> firstHigh, out Vector256<byte> second, out Vector256<byte> secondHigh)
    {
        byte* nibbles = panelBlock + SuperBlockLayout.Nibbles + 8 * position + 8 * next;
        CodeBits.Split(nibbles, out first, out firstHigh);
        CodeBits.Split(nibbles + 32, out second, out secondHigh);
    }
}

/// <summary>Q5_K: 5.625 bits per weight. A pair's fifth bits lie in 16 bytes, one for each of the positions of outputs 0–3: bit 2·part for these, 2·part + 1 for outputs 4–7.</summary>
internal readonly unsafe struct Q5SuperBlock : ISuperBlock
{
    public static DType Type => DType.Q5_K;

    public static int Bytes => SuperBlockLayout.Upper + 512;

    public static bool IsNarrow => false;

    public static bool IsCentred => false;

    public static int ScaleOffset => 0;

    public static uint StoredQuad(byte* block, int quad) =>
        AffineScales.Nibbles(block + 48, quad) | (((uint*)(block + 16))[quad % 8] >> quad / 8 & 0x01010101) << 4;

    public static byte StoredScale(byte* block, int index) => AffineScales.Byte(block + 4, index);

    public static void StoreUpper(byte* panelBlock, int pair, int part, int lane, uint quad) =>
        ((uint*)(panelBlock + SuperBlockLayout.Upper + 16 * pair))[lane % 4] |= (quad >> 4 & 0x01010101) << 2 * part + lane / 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Pair(byte* panelBlock, nint position, int next, out Vector256<byte> first, out Vector256<byte> firstHigh, out Vector256<byte> second, out Vector256<byte> secondHigh)
    {
        var bits = Vector128.Load((ushort*)(panelBlock + SuperBlockLayout.Upper + 2 * position + 2 * next));
        Q4SuperBlock.Pair(panelBlock, position, next, out first, out firstHigh, out second, out secondHigh);
        CodeBits.Add(Vector256.Create(bits, bits >>> 1), 0x10, ref first, ref firstHigh, ref second, ref secondHigh);
    }
}

/// <summary>Q6_K: 6.625 bits per weight. A pair's upper bits lie in 32 bytes, bits 2·part and 2·part + 1 of a byte for each of its parts.</summary>
internal readonly unsafe struct Q6SuperBlock : ISuperBlock
{
    public static DType Type => DType.Q6_K;

    public static int Bytes => SuperBlockLayout.Upper + 1024;

    public static bool IsNarrow => false;

    public static bool IsCentred => true;

    public static int ScaleOffset => 208;

    public static uint StoredQuad(byte* block, int quad)
    {
        int half = quad / 32, group = quad % 32 / 8, at = quad % 8;
        uint nibbles = ((uint*)(block + half * 64 + group % 2 * 32))[at] >> group / 2 * 4 & 0x0F0F0F0F;
        return nibbles | (((uint*)(block + 128 + half * 32))[at] >> group * 2 & 0x03030303) << 4;
    }

    public static byte StoredScale(byte* block, int index) => block[192 + index];

    public static void StoreUpper(byte* panelBlock, int pair, int part, int lane, uint quad) =>
        ((uint*)(panelBlock + SuperBlockLayout.Upper + 32 * pair))[lane] |= (quad >> 4 & 0x03030303) << 2 * part;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Pair(byte* panelBlock, nint position, int next, out Vector256<byte> first, out Vector256<byte> firstHigh, out Vector256<byte> second, out Vector256<byte> secondHigh)
    {
        Q4SuperBlock.Pair(panelBlock, position, next, out first, out firstHigh, out second, out secondHigh);
        CodeBits.Add(Vector256.Load((ushort*)(panelBlock + SuperBlockLayout.Upper + 4 * position + 4 * next)), 0x30, ref first, ref firstHigh, ref second, ref secondHigh);
    }
}

/// <summary>How codes are put together from their nibbles and upper bits.</summary>
internal static unsafe class CodeBits
{
    /// <summary>32 low nibbles and 32 high nibbles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Split(byte* source, out Vector256<byte> low, out Vector256<byte> high)
    {
        var (line, mask) = (Vector256.Load(source), Vector256.Create((byte)0x0F));
        low = line & mask;
        high = (line.AsUInt16() >>> 4).AsByte() & mask;
    }

    /// <summary>Adds bits 2·part (+ 1) of each byte as bits 4 (and 5) of part 0, 1, 2 and 3. The shifts carry bits across bytes; the mask drops them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(Vector256<ushort> bits, byte mask, ref Vector256<byte> part0, ref Vector256<byte> part1, ref Vector256<byte> part2, ref Vector256<byte> part3)
    {
        var kept = Vector256.Create(mask);
        part0 |= (bits << 4).AsByte() & kept;
        part1 |= (bits << 2).AsByte() & kept;
        part2 |= bits.AsByte() & kept;
        part3 |= (bits >>> 2).AsByte() & kept;
    }
}

/// <summary>What the stored blocks of Q4_K and Q5_K have in common.</summary>
internal static unsafe class AffineScales
{
    /// <summary>In each run of 32 bytes the low nibbles are one group of 32 and the high nibbles the next.</summary>
    public static uint Nibbles(byte* nibbles, int quad)
    {
        int group = quad / 8;
        return ((uint*)(nibbles + group / 2 * 32))[quad % 8] >> group % 2 * 4 & 0x0F0F0F0F;
    }

    /// <summary>
    /// Scale 0–7, then minimum 0–7, out of twelve bytes: those of groups 0–3 in the lower six bits of bytes 0–7; those of groups 4–7 have their lower nibbles in bytes 8–11 (scale
    /// low, minimum high) and their upper two bits in the spare bits of bytes 0–7.
    /// </summary>
    public static byte Byte(byte* packed, int index)
    {
        int group = index % 8, minimum = index / 8;
        return group < 4
            ? (byte)(packed[group + 4 * minimum] & 63)
            : (byte)(packed[group + 4] >> 4 * minimum & 15 | packed[group - 4 + 4 * minimum] >> 6 << 4);
    }
}
