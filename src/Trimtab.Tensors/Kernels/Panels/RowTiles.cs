using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>
/// Rows cut into tiles, each interleaved: the first four bytes of all its rows, the next four of all its rows, … A tile then has one address to count on, whatever its height, and rows
/// a power of two apart do not drive each other out of the nearest cache.
/// </summary>
internal static unsafe class RowTiles
{
    // Which halves of two vectors a shuffle takes.
    private const byte LowLow = 0x44, LowHigh = 0xE4, HighHigh = 0xEE;

    /// <summary>The most rows of one tile.</summary>
    public const int Highest = 6;

    /// <summary>The height of the next tile where so many rows are left. One or two above the highest become two tiles of near size, since small ones wait for their sums.</summary>
    public static int Height(int left, int highest = Highest) => left <= highest ? left : left <= highest + 2 ? (left + 1) / 2 : highest;

    /// <summary>
    /// Writes all rows' tiles over <paramref name="count"/> singles, or whatever else has four bytes; the tile that begins with row t lies t · count singles behind the first.
    /// </summary>
    public static void Interleave(float* rows, long rowStep, int rowCount, int count, float* target, int highest = Highest)
    {
        for (int row = 0, height; row < rowCount; row += height, target += (long)height * count)
        {
            height = Height(rowCount - row, highest);
            int done = height switch
            {
                6 => Six(rows + row * rowStep, rowStep, count, target),
                4 => Four(rows + row * rowStep, rowStep, count, target),
                _ => 0,
            };
            for (int i = 0; i < height; i++)
                Place(rows + (row + i) * rowStep + done, count - done, height, target + done * height + i);
        }
    }

    // Four positions of four rows at a time: pairs of rows first, then pairs of pairs. Gives how many positions are done: none where there are no such instructions.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Four(float* a, long step, int count, float* target)
    {
        float* b = a + step, c = b + step, d = c + step;
        nint k = 0;
        for (; Sse.IsSupported && k <= count - 4; k += 4, target += 16)
        {
            Vector128<float> a4 = Vector128.Load(a + k), b4 = Vector128.Load(b + k), c4 = Vector128.Load(c + k), d4 = Vector128.Load(d + k);
            Vector128<float> ab = Sse.UnpackLow(a4, b4), cd = Sse.UnpackLow(c4, d4);
            Sse.Shuffle(ab, cd, LowLow).Store(target);
            Sse.Shuffle(ab, cd, HighHigh).Store(target + 4);
            (ab, cd) = (Sse.UnpackHigh(a4, b4), Sse.UnpackHigh(c4, d4));
            Sse.Shuffle(ab, cd, LowLow).Store(target + 8);
            Sse.Shuffle(ab, cd, HighHigh).Store(target + 12);
        }
        return (int)k;
    }

    // The same for six rows.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Six(float* a, long step, int count, float* target)
    {
        float* b = a + step, c = b + step, d = c + step, e = d + step, f = e + step;
        nint k = 0;
        for (; Sse.IsSupported && k <= count - 4; k += 4, target += 24)
        {
            Vector128<float> a4 = Vector128.Load(a + k), b4 = Vector128.Load(b + k), c4 = Vector128.Load(c + k);
            Vector128<float> d4 = Vector128.Load(d + k), e4 = Vector128.Load(e + k), f4 = Vector128.Load(f + k);
            Vector128<float> ab = Sse.UnpackLow(a4, b4), cd = Sse.UnpackLow(c4, d4), ef = Sse.UnpackLow(e4, f4);
            Sse.Shuffle(ab, cd, LowLow).Store(target);
            Sse.Shuffle(ef, ab, LowHigh).Store(target + 4);
            Sse.Shuffle(cd, ef, HighHigh).Store(target + 8);
            (ab, cd, ef) = (Sse.UnpackHigh(a4, b4), Sse.UnpackHigh(c4, d4), Sse.UnpackHigh(e4, f4));
            Sse.Shuffle(ab, cd, LowLow).Store(target + 12);
            Sse.Shuffle(ef, ab, LowHigh).Store(target + 16);
            Sse.Shuffle(cd, ef, HighHigh).Store(target + 20);
        }
        return (int)k;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Place(float* row, int count, int height, float* target)
    {
        for (float* end = row + count; row < end; row++, target += height)
            *target = *row;
    }
}
