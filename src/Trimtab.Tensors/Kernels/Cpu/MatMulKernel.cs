using System.Numerics.Tensors;
using Trimtab.Tensors.Kernels.Quant;

namespace Trimtab.Tensors.Kernels.Cpu;

/// <summary>Matrix products against weights as the file holds them: rows that are not F32 are decoded, a few at a time, into a small buffer.</summary>
internal static unsafe class MatMulKernel
{
    /// <summary>Columns <paramref name="start"/> … end − 1 of y = x · Wᵀ + bias.</summary>
    public static void Transposed(Tensor x, Tensor weight, Tensor? bias, Tensor y, int start, int end)
    {
        int k = x.Columns, rows = x.RowCount, n = y.Columns;
        using var decoded = new DecodedRows(weight);
        float* px = x.Pointer32(), py = y.Pointer32();
        int column = start;
        for (; column <= end - DotKernel.TileRows; column += DotKernel.TileRows)
        {
            DotKernel.FourRows(px, rows, k, decoded.Row(0, column), decoded.Row(1, column + 1), decoded.Row(2, column + 2), decoded.Row(3, column + 3),
                py + column, n);
        }
        for (; column < end; column++)
        {
            float* w = decoded.Row(0, column);
            for (int t = 0; t < rows; t++)
                py[(long)t * n + column] = DotKernel.Dot(px + (long)t * k, w, k);
        }
        AddBias(y, bias, start, end);
    }

    /// <summary>Columns <paramref name="start"/> … end − 1 of y = x · W + bias: weight rows are added up, scaled by x.</summary>
    public static void Untransposed(Tensor x, Tensor weight, Tensor? bias, Tensor y, int start, int end)
    {
        int k = x.Columns, rows = x.RowCount;
        using var decoded = new DecodedRows(weight);
        for (int t = 0; t < rows; t++)
            y.Row(t)[start..end].Clear();
        for (int i = 0; i < k; i++)
        {
            var w = new ReadOnlySpan<float>(decoded.Row(0, i) + start, end - start);
            for (int t = 0; t < rows; t++)
            {
                var target = y.Row(t)[start..end];
                TensorPrimitives.FusedMultiplyAdd(w, x.Row(t)[i], target, target);
            }
        }
        AddBias(y, bias, start, end);
    }

    private static void AddBias(Tensor y, Tensor? bias, int start, int end)
    {
        if (bias is null)
            return;
        var values = bias.Values[start..end];
        for (int t = 0; t < y.RowCount; t++)
        {
            var target = y.Row(t)[start..end];
            TensorPrimitives.Add(target, values, target);
        }
    }

    // F32 rows are used in place; others are decoded into one of four row buffers of the calling thread.
    private readonly ref struct DecodedRows : IDisposable
    {
        private readonly Tensor _weight;
        private readonly ThreadBuffer? _buffer;
        private readonly float* _rows;

        public DecodedRows(Tensor weight)
        {
            _weight = weight;
            if (weight.DType == DType.F32)
                return;
            _buffer = ThreadBuffer.Rent(ScratchUse.Kernel, (long)weight.Columns * DotKernel.TileRows * sizeof(float));
            _rows = _buffer.Floats;
        }

        public float* Row(int slot, int row)
        {
            int columns = _weight.Columns;
            if (_buffer is null)
                return _weight.Pointer32() + (long)row * columns;
            float* target = _rows + (long)slot * columns;
            RowDecoder.Decode(_weight, row, new Span<float>(target, columns));
            return target;
        }

        public void Dispose() => _buffer?.Dispose();
    }
}
