using System.Runtime.CompilerServices;

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
            float* source = rows + row * rowStep;
            switch (height)
            {
                case 6: Six(source, rowStep, count, target); break;
                case 4: Four(source, rowStep, count, target); break;
                default: Few(source, rowStep, height, count, target); break;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Six(float* a, long step, int count, float* target)
    {
        float* b = a + step, c = b + step, d = c + step, e = d + step, f = e + step;
        for (nint k = 0; k < count; k++, target += 6)
            (target[0], target[1], target[2], target[3], target[4], target[5]) = (a[k], b[k], c[k], d[k], e[k], f[k]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four(float* a, long step, int count, float* target)
    {
        float* b = a + step, c = b + step, d = c + step;
        for (nint k = 0; k < count; k++, target += 4)
            (target[0], target[1], target[2], target[3]) = (a[k], b[k], c[k], d[k]);
    }

    private static void Few(float* rows, long step, int height, int count, float* target)
    {
        for (int i = 0; i < height; i++)
            for (int k = 0; k < count; k++)
                target[(long)k * height + i] = rows[i * step + k];
    }
}
