using Trimtab.Tensors;
using Trimtab.Tensors.Kernels.Quant;

namespace Trimtab.Models.Gguf;

/// <summary>Copies of weights with their values moved or changed; for the few that cannot be views.</summary>
internal static class TensorRows
{
    /// <summary>A copy in single precision with a number added to every value.</summary>
    public static Tensor Shifted(Tensor tensor, float shift)
    {
        var copy = Tensor.Zeros(tensor.Shape);
        for (int row = 0; row < tensor.RowCount; row++)
        {
            RowDecoder.Decode(tensor, row, copy.Row(row));
            System.Numerics.Tensors.TensorPrimitives.Add(copy.Row(row), shift, copy.Row(row));
        }
        return copy;
    }

    /// <summary>The transpose of the last two axes, [.., rows, columns] → [.., columns, rows], in single precision.</summary>
    public static Tensor Transposed(Tensor tensor)
    {
        int rows = tensor.Shape[-2], columns = tensor.Shape[-1];
        int[] sizes = tensor.Shape.ToArray();
        (sizes[^2], sizes[^1]) = (columns, rows);
        var copy = Tensor.Zeros(new Shape(sizes));
        var values = new float[columns];
        for (int row = 0; row < tensor.RowCount; row++)
        {
            RowDecoder.Decode(tensor, row, values);
            int matrix = row / rows, within = row % rows;
            for (int column = 0; column < columns; column++)
                copy.Row(matrix * columns + column)[within] = values[column];
        }
        return copy;
    }
}
