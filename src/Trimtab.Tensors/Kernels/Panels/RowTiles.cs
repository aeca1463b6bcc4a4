using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

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

    // Four positions of six rows at a time: pairs of values first, then pairs of pairs. Gives how many positions are done.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Six(float* a, long step, int count, float* target)
    {
        float* b = a + step, c = b + step, d = c + step, e = d + step, f = e + step;
        nint k = 0;
        for (; k <= count - 4; k += 4, target += 24)
        {
            var (ab, cd, ef) = (Front(a + k, b + k), Front(c + k, d + k), Front(e + k, f + k));
            Vector128.Create(ab.GetLower(), cd.GetLower()).Store(target);
            Vector128.Create(ef.GetLower(), ab.GetUpper()).Store(target + 4);
            Vector128.Create(cd.GetUpper(), ef.GetUpper()).Store(target + 8);
            (ab, cd, ef) = (Back(a + k, b + k), Back(c + k, d + k), Back(e + k, f + k));
            Vector128.Create(ab.GetLower(), cd.GetLower()).Store(target + 12);
            Vector128.Create(ef.GetLower(), ab.GetUpper()).Store(target + 16);
            Vector128.Create(cd.GetUpper(), ef.GetUpper()).Store(target + 20);
        }
        return (int)k;
    }

    // a₀ b₀ a₁ b₁ and a₂ b₂ a₃ b₃.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Front(float* a, float* b) => Alternate(
        Vector128.Shuffle(Vector128.Load(a), Vector128.Create(0, 0, 1, 1)), Vector128.Shuffle(Vector128.Load(b), Vector128.Create(0, 0, 1, 1)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Back(float* a, float* b) => Alternate(
        Vector128.Shuffle(Vector128.Load(a), Vector128.Create(2, 2, 3, 3)), Vector128.Shuffle(Vector128.Load(b), Vector128.Create(2, 2, 3, 3)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Alternate(Vector128<float> even, Vector128<float> odd) =>
        Vector128.ConditionalSelect(Vector128.Create(-1, 0, -1, 0).AsSingle(), even, odd);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Place(float* row, int count, int height, float* target)
    {
        for (float* end = row + count; row < end; row++, target += height)
            *target = *row;
    }
}
