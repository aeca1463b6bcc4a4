using System.Numerics.Tensors;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Training.Sae;

/// <summary>A batch of activations, with what every kind of sparse autoencoder computes from it.</summary>
/// <param name="x">[N, D], in a workspace whose memory serves for what is computed from it.</param>
internal sealed class SaeBatch(Tensor x)
{
    /// <summary>The activations, [N, D].</summary>
    public Tensor X => x;

    /// <summary>Σ‖x − x̄‖² over the batch: what a constant leaves unexplained.</summary>
    public double Variation { get; } = VariationOf(x);

    /// <summary>x minus a bias in every row.</summary>
    public Tensor Minus(Tensor bias)
    {
        var centred = x.NewLike(x.Shape);
        for (int row = 0; row < x.RowCount; row++)
            TensorPrimitives.Subtract(x.Row(row), bias.Values, centred.Row(row));
        return centred;
    }

    /// <summary>The bias in every row: what nothing active decodes to.</summary>
    public Tensor Filled(Tensor bias)
    {
        var rows = x.NewLike(x.Shape);
        for (int row = 0; row < x.RowCount; row++)
            bias.Values.CopyTo(rows.Row(row));
        return rows;
    }

    /// <summary>Turns rows y into y − x, and returns Σ‖y − x‖².</summary>
    public double ToResidual(Tensor y)
    {
        double sum = 0;
        for (int row = 0; row < x.RowCount; row++)
        {
            TensorPrimitives.Subtract(y.Row(row), x.Row(row), y.Row(row));
            sum += TensorPrimitives.SumOfSquares<float>(y.Row(row));
        }
        return sum;
    }

    /// <summary>sums += Σ over rows.</summary>
    public static void AddRowSums(Tensor rows, Span<float> sums)
    {
        for (int row = 0; row < rows.RowCount; row++)
            TensorPrimitives.Add(sums, rows.Row(row), sums);
    }

    private static double VariationOf(Tensor x)
    {
        double[] mean = new double[x.Columns];
        for (int row = 0; row < x.RowCount; row++)
            for (int i = 0; i < mean.Length; i++)
                mean[i] += x.Row(row)[i] / (double)x.RowCount;
        double sum = 0;
        for (int row = 0; row < x.RowCount; row++)
            for (int i = 0; i < mean.Length; i++)
                sum += (x.Row(row)[i] - mean[i]) * (x.Row(row)[i] - mean[i]);
        return sum;
    }
}
