using Trimtab.Tensors.Kernels.Cpu;
using Trimtab.Tensors.Kernels.Quant;
using Trimtab.Tensors.Ops;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>Cuts a stored weight into panels: rows of another element type are converted on the way, columns of an input-major weight become rows.</summary>
internal static unsafe class PanelPacking
{
    private const int Width = PanelFormat.Width;

    /// <summary>Packs panels <paramref name="start"/> … end − 1.</summary>
    /// <param name="weight">[N, K], or [K, N] of a type without blocks where <paramref name="inputMajor"/>.</param>
    /// <param name="inputMajor">Whether the weight's rows are inputs.</param>
    /// <param name="asked">The element type that values are rounded to before they take the target's, if they are not stored in it already; null for none.</param>
    /// <param name="target">The packed weight.</param>
    /// <param name="start">The first panel.</param>
    /// <param name="end">The panel after the last.</param>
    public static void Pack(Tensor weight, bool inputMajor, DType? asked, PackedWeight target, int start, int end)
    {
        var type = target.Format.Type;
        long rowBytes = type.ByteCount(target.Inner);
        var rounding = asked is { } other && other != type && other != weight.DType ? other : type;
        bool asStored = !inputMajor && weight.DType == type && rounding == type;
        using var singles = ThreadBuffer.Rent(ScratchUse.Rows, asStored ? 0 : (long)Width * target.Inner * sizeof(float));
        using var converted = ThreadBuffer.Rent(ScratchUse.Kernel, asStored ? 0 : Width * Math.Max(rowBytes, rounding.ByteCount(target.Inner)));
        byte** rows = stackalloc byte*[Width];
        for (int panel = start; panel < end; panel++)
        {
            int first = panel * Width, count = Math.Min(Width, target.Outputs - first);
            if (!asStored)
                Convert(weight, inputMajor, first, count, rounding, type, singles.Floats, converted.Bytes, target.Inner);
            for (int i = 0; i < Width; i++)
                rows[i] = i >= count ? null : asStored ? weight.Pointer + (first + i) * rowBytes : converted.Bytes + i * rowBytes;
            target.Format.Pack(rows, target.Inner, target.Panel(panel));
        }
    }

    private static void Convert(Tensor weight, bool inputMajor, int first, int count, DType rounding, DType type, float* singles, byte* converted, int inner)
    {
        if (inputMajor)
            TakeColumns(weight, first, count, singles, inner);
        int rowBytes = checked((int)type.ByteCount(inner));
        for (int i = 0; i < count; i++)
        {
            var row = new Span<float>(singles + (long)i * inner, inner);
            var target = new Span<byte>(converted + (long)i * rowBytes, rowBytes);
            // Fitting a new scale would round; these blocks have one already.
            if ((weight.DType, type) == (DType.Q5_0, DType.Q8_0) && !inputMajor)
            {
                LegacyBlocks.WidenQ5_0(weight.RowBytes(first + i), target);
                continue;
            }
            if (!inputMajor)
                RowDecoder.Decode(weight, first + i, row);
            // A type that has no panels of its own here gives the numbers that it gives elsewhere.
            if (rounding != type)
                Round(rounding, row, target[..checked((int)rounding.ByteCount(inner))]);
            RowEncoder.Encode(type, row, target);
        }
    }

    private static void Round(DType type, Span<float> row, Span<byte> scratch)
    {
        RowEncoder.Encode(type, row, scratch);
        RowDecoder.Decode(type, scratch, row);
    }

    private static void TakeColumns(Tensor weight, int first, int count, float* singles, int inner)
    {
        int size = weight.DType.BlockBytes();
        Span<float> values = stackalloc float[count];
        for (int k = 0; k < inner; k++)
        {
            RowDecoder.Decode(weight.DType, weight.RowBytes(k).Slice(first * size, count * size), values);
            for (int i = 0; i < count; i++)
                singles[(long)i * inner + k] = values[i];
        }
    }
}
