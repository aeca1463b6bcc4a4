using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Trimtab.Tensors.Kernels.Cpu;
using Trimtab.Tensors.Kernels.Quant;
using Trimtab.Tensors.Ops;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>The right side B [K, N] of a product that is not packed beforehand: it lays out the stretch of F32 panels that is needed next.</summary>
internal unsafe interface IPanelSource
{
    /// <summary>K, the positions that are summed over.</summary>
    int Inner { get; }

    /// <summary>A stretch begins at a multiple of this column: a panel's width, or a block of codes where those lie along the columns.</summary>
    int ColumnUnit { get; }

    /// <summary>
    /// Writes positions <paramref name="start"/> … start + count − 1 of columns <paramref name="first"/> … first + columns − 1 in panels,
    /// <see cref="PanelStretch.Stride"/> singles apart. What a last panel holds behind the columns is finite, and comes to nothing.
    /// </summary>
    /// <param name="first">A multiple of <see cref="ColumnUnit"/>.</param>
    /// <param name="columns">At most <see cref="PanelStretch.Columns"/>.</param>
    /// <param name="start">A multiple of <see cref="PanelStretch.Inner"/>.</param>
    /// <param name="count">At most <see cref="PanelStretch.Inner"/>.</param>
    /// <param name="target">Room for the panels.</param>
    /// <param name="scratch">Room for <see cref="PanelStretch.ScratchSingles"/>.</param>
    void Fill(int first, int columns, int start, int count, float* target, float* scratch);
}

/// <summary>How much of a right side is laid out at a time: panels that fit half of a nearest cache, as many as half of a second one.</summary>
internal static class PanelStretch
{
    /// <summary>Inner positions. A multiple of the blocks of all types, as is <see cref="Columns"/>.</summary>
    public const int Inner = 256;

    /// <summary>Columns, the outputs of the product.</summary>
    public const int Columns = 256;

    /// <summary>Singles from one panel to the next: a line more than a panel, since panels 16 KB apart would all have their lines in the same few places of a cache.</summary>
    public const int Stride = (Inner + 1) * PanelFormat.Width;

    /// <summary>Singles that a source has for itself.</summary>
    public const int ScratchSingles = PanelFormat.Width * Columns;
}

/// <summary>B = Wᵀ for a weight [N, K] of any type, as files store it.</summary>
internal readonly unsafe struct OutputMajorPanels(Tensor weight) : IPanelSource
{
    private const int Width = PanelFormat.Width;

    public int Inner => weight.Columns;

    public int ColumnUnit => Width;

    public void Fill(int first, int columns, int start, int count, float* target, float* scratch)
    {
        for (int column = 0; column < columns; column += Width, target += PanelStretch.Stride)
        {
            int rows = Math.Min(Width, columns - column);
            if (rows < Width)
                new Span<float>(target, count * Width).Clear();
            float* source = Rows(first + column, rows, start, count, scratch, out long stride);
            Transposition.Copy(source, stride, rows, count, target, Width);
        }
    }

    // F32 rows are read where they lie, others are decoded.
    private float* Rows(int first, int rows, int start, int count, float* scratch, out long stride)
    {
        stride = weight.Columns;
        if (weight.DType == DType.F32)
            return weight.Pointer32() + first * stride + start;
        stride = PanelStretch.Inner;
        int from = checked((int)weight.DType.ByteCount(start)), bytes = (int)weight.DType.ByteCount(count);
        for (int i = 0; i < rows; i++)
            RowDecoder.Decode(weight.DType, weight.RowBytes(first + i).Slice(from, bytes), new Span<float>(scratch + i * stride, count));
        return scratch;
    }
}

/// <summary>B = W for a weight [K, N] of any type; also B = X for activations [T, N] whose rows are summed over.</summary>
internal readonly unsafe struct InputMajorPanels(Tensor weight) : IPanelSource
{
    private const int Width = PanelFormat.Width;

    public int Inner => weight.RowCount;

    public int ColumnUnit => Math.Max(Width, weight.DType.BlockElements());

    public void Fill(int first, int columns, int start, int count, float* target, float* scratch)
    {
        int whole = columns / Width, rest = columns % Width;
        for (int k = 0; k < count; k++, target += Width)
        {
            float* source = Row(start + k, first, columns, scratch);
            for (int panel = 0; panel < whole; panel++)
                CopyLine(source + panel * Width, target + panel * PanelStretch.Stride);
            if (rest == 0)
                continue;
            var last = new Span<float>(target + whole * PanelStretch.Stride, Width);
            last.Clear();
            new ReadOnlySpan<float>(source + whole * Width, rest).CopyTo(last);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyLine(float* source, float* target)
    {
        Vector256.Load(source).Store(target);
        Vector256.Load(source + Width / 2).Store(target + Width / 2);
    }

    private float* Row(int row, int first, int columns, float* scratch)
    {
        if (weight.DType == DType.F32)
            return weight.Pointer32() + (long)row * weight.Columns + first;
        int from = checked((int)weight.DType.ByteCount(first)), bytes = (int)weight.DType.ByteCount(columns);
        RowDecoder.Decode(weight.DType, weight.RowBytes(row).Slice(from, bytes), new Span<float>(scratch, columns));
        return scratch;
    }
}

/// <summary>
/// B = W for a packed weight [K, N], the other way round than it was packed for: sixteen of its outputs are sixteen positions here, so its decoded panels are turned
/// in squares of sixteen.
/// </summary>
internal readonly unsafe struct TurnedPanels(PackedWeight weight) : IPanelSource
{
    private const int Width = PanelFormat.Width;

    public int Inner => weight.Outputs;

    public int ColumnUnit => Math.Max(Width, weight.Type.BlockElements());

    public void Fill(int first, int columns, int start, int count, float* target, float* scratch)
    {
        // Columns behind the last leave their places in the scratch memory at zero.
        int padded = (columns + Width - 1) / Width * Width;
        new Span<float>(scratch + columns * Width, (padded - columns) * Width).Clear();
        for (int k = 0; k < count; k += Width, target += Width * Width)
        {
            weight.Format.Decode(weight.Panel((start + k) / Width), weight.Inner, first, columns, scratch);
            for (int column = 0; column < padded; column += Width)
                Transposition.Copy(scratch + column * Width, Width, Width, Width, target + column / Width * PanelStretch.Stride, Width);
        }
    }
}
