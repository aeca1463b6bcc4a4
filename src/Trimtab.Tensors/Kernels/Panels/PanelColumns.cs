using System.Runtime.CompilerServices;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>Writes rows as the columns of a panel, a stretch of positions at a time, so that the lines written stay in the nearest cache until they are full.</summary>
internal static unsafe class PanelColumns
{
    private const int Width = PanelFormat.Width;
    private const int Stretch = 64;

    /// <summary>Singles: output i of a position at place i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Write(uint** rows, int inner, uint* panel)
    {
        for (int start = 0; start < inner; start += Stretch)
        {
            int end = Math.Min(start + Stretch, inner);
            for (int i = 0; i < Width; i++)
                for (int k = start; k < end; k++)
                    panel[(long)k * Width + i] = rows[i] == null ? 0 : rows[i][k];
        }
    }

    /// <summary>Codes of two bytes: outputs i and i + 8 of a position side by side; see <see cref="ILine{TSelf}.LoadUpper"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Write(ushort** rows, int inner, ushort* panel)
    {
        for (int start = 0; start < inner; start += Stretch)
        {
            int end = Math.Min(start + Stretch, inner);
            for (int i = 0; i < Width; i++)
            {
                int place = i % 8 * 2 + i / 8;
                for (int k = start; k < end; k++)
                    panel[(long)k * Width + place] = rows[i] == null ? (ushort)0 : rows[i][k];
            }
        }
    }
}
