using Trimtab.Tensors.Kernels.Emitted;
using Trimtab.Tensors.Kernels.Quant;

namespace Trimtab.Tensors.Tests.Kernels.Emitted;

/// <summary>The values that prepared rows stand for, read by plain loops.</summary>
internal static unsafe class RowCodes
{
    public static double[,] Decode(EmittedProduct product, Tensor x)
    {
        var values = new double[x.RowCount, x.Columns];
        for (int t = 0; t < x.RowCount; t++)
            for (int k = 0; k < x.Columns; k++)
                values[t, k] = product.Format.Type == DType.BF16 ? Brain(x.Row(t)[k]) : Byte(product.Row(t), k);
        return values;
    }

    public static double Byte(byte* row, int k)
    {
        byte* block = row + k / ByteRows.Elements * ByteRows.BlockBytes;
        return *(float*)(block + ByteRows.ScaleOffset) * (double)(sbyte)block[k % ByteRows.Elements];
    }

    public static float Brain(float value)
    {
        Span<float> decoded = stackalloc float[1];
        BrainFloat.Decode([BrainFloat.Encode(value)], decoded);
        return decoded[0];
    }
}
