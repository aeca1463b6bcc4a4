using System.Runtime.CompilerServices;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>Writes rows as the columns of a panel, a stretch of positions at a time, so that the lines written stay in the nearest cache until they are full.</summary>
internal static unsafe class PanelColumns
{
    private const int Width = PanelFormat.Width;
    private const int Stretch = 64;

    /// <summary>Singles: output i of a position at place i.</summary>
    public static void Write(uint** rows, int inner, uint* panel)
    {
        for (int start = 0; start < inner; start += Stretch)
            for (int i = 0; i < Width; i++)
                Write(rows[i] == null ? null : rows[i] + start, Math.Min(Stretch, inner - start), panel + (long)start * Width + i);
    }

    /// <summary>Codes of two bytes: outputs i and i + 8 of a position side by side; see <see cref="ILine{TSelf}.LoadUpper"/>.</summary>
    public static void Write(ushort** rows, int inner, ushort* panel)
    {
        for (int start = 0; start < inner; start += Stretch)
            for (int i = 0; i < Width; i++)
                Write(rows[i] == null ? null : rows[i] + start, Math.Min(Stretch, inner - start), panel + (long)start * Width + i % 8 * 2 + i / 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Write<T>(T* row, int count, T* target) where T : unmanaged
    {
        if (row == null)
            for (nint k = 0; k < count; k++)
                target[k * Width] = default;
        else
            for (nint k = 0; k < count; k++)
                target[k * Width] = row[k];
    }
}
