using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>Rows cut into the tiles that <see cref="PanelTiles{TLine, TElement}"/> takes, each interleaved: position 0 of all its rows, position 1 of all its rows, …</summary>
internal static unsafe class RowTiles
{
    /// <summary>The most rows of one tile.</summary>
    public const int Highest = 6;

    /// <summary>The height of the next tile where so many rows are left. Eight and seven become two tiles of near size, since small ones wait for their sums.</summary>
    public static int Height(int left) => left is 7 or 8 ? 4 : Math.Min(left, Highest);

    /// <summary>Writes all rows' tiles over <paramref name="count"/> positions; the tile that begins with row t lies t · count singles behind the first.</summary>
    public static void Interleave(float* rows, long rowStep, int rowCount, int count, float* target)
    {
        for (int row = 0, height; row < rowCount; row += height, target += (long)height * count)
        {
            height = Height(rowCount - row);
            int done = height == Highest ? Six(rows + row * rowStep, rowStep, count, target) : 0;
            for (int i = 0; i < height; i++)
                Place(rows + (row + i) * rowStep + done, count - done, height, target + done * height + i);
        }
    }

    // Four positions of six rows at a time: pairs of rows first, then pairs of pairs. Gives how many positions are done: none where there are no such instructions.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Six(float* a, long step, int count, float* target)
    {
        const byte LowLow = 0x44, LowHigh = 0xE4, HighHigh = 0xEE;
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
