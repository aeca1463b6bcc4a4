using Trimtab.Tensors.Kernels.Reference;
using Trimtab.Tensors.Ops;
using Xunit;

namespace Trimtab.Tensors.Tests.Kernels;

public sealed class MatMulTests
{
    public static TheoryData<DType> Types => [.. Samples.WeightTypes];

    [Theory, MemberData(nameof(Types))]
    public void Product_with_a_weight_of_any_type_equals_the_reference(DType type)
    {
        var samples = new Samples();
        foreach (int inner in Inner(type))
            foreach (int outputs in (int[])[1, 2, 3, 4, 5, 7, 33, 65])
                foreach (int rows in (int[])[1, 2, 3, 7])
                    Compare(samples.Uniform(new Shape(rows, inner)), samples.Weight(type, outputs, inner), samples.Uniform(new Shape(outputs)));
    }

    [Theory, MemberData(nameof(Types))]
    public void Untransposed_product_equals_the_reference(DType type)
    {
        var samples = new Samples();
        foreach (int inner in (int[])[1, 3, 33, 100])
            foreach (int outputs in Inner(type))
            {
                var (x, w, bias) = (samples.Uniform(new Shape(3, inner)), samples.Weight(type, inner, outputs), samples.Uniform(new Shape(outputs)));
                var (dx, dw, db) = (Samples.Doubles(x), Samples.Doubles(w), Samples.Doubles(bias.Values));
                var size = MatMulReference.Untransposed(Absolute(dx), Absolute(dw), Absolute(db));
                Close.Equal(MatMulReference.Untransposed(dx, dw, db), x.MatMulUntransposed(w, bias), (t, n) => Bound(inner, size[t, n]), $"{x} · {w}");
                Close.Equal(MatMulReference.Untransposed(dx, dw), x.MatMulUntransposed(w), (t, n) => Bound(inner, size[t, n]), $"{x} · {w}");
            }
    }

    [Theory, MemberData(nameof(Types))]
    public void A_row_of_a_product_does_not_depend_on_its_neighbours(DType type)
    {
        var samples = new Samples();
        foreach (int inner in Inner(type))
        {
            var x = samples.Uniform(new Shape(9, inner));
            var w = samples.Weight(type, 37, inner);
            var all = x.MatMul(w);
            for (int row = 0; row < 9; row++)
                Testing.Near.Identical(all.Row(row), Samples.Displaced(x.Slice(row, 1)).MatMul(w).Values, $"{x} · {w}, row {row}");
        }
    }

    [Fact]
    public void Rows_of_an_untransposed_product_do_not_depend_on_their_neighbours()
    {
        var samples = new Samples();
        var x = samples.Uniform(new Shape(9, 33));
        var w = samples.Weight(DType.BF16, 33, 131);
        var all = x.MatMulUntransposed(w);
        for (int row = 0; row < 9; row++)
            Testing.Near.Identical(all.Row(row), Samples.Displaced(x.Slice(row, 1)).MatMulUntransposed(w).Values, $"row {row}");
    }

    [Theory, MemberData(nameof(Types))]
    public void Gathered_rows_are_the_decoded_rows(DType type)
    {
        var samples = new Samples();
        using var workspace = new Trimtab.Tensors.Storage.Workspace();
        foreach (int width in Inner(type))
        {
            var table = samples.Weight(type, 11, width);
            int[] ids = [10, 0, 3, 3, 7];
            Close.Equal(RowsReference.Gather(Samples.Doubles(table), ids), RowOps.Gather(workspace, table, ids), (_, _) => 0, $"{table}");
        }
    }

    [Fact]
    public void Rows_scattered_to_the_same_place_add_up()
    {
        var samples = new Samples();
        foreach (int width in Samples.OddSizes)
        {
            var (x, y) = (samples.Uniform(new Shape(5, width)), samples.Uniform(new Shape(4, width)));
            int[] rows = [3, 0, 3, 1, 3];
            float[] weights = [0.5f, -2, 1, 0.25f, 3];
            var expected = RowsReference.ScatterAdd(Samples.Doubles(x), rows, Samples.Doubles(weights), Samples.Doubles(y));
            x.Backend.ScatterAdd(x, rows, weights, y);
            // At most three products and sums of values up to 3, two roundings each.
            Close.Equal(expected, y, (_, _) => 6 * 8 * Close.Rounding, $"width {width}");
        }
    }

    private static void Compare(Tensor x, Tensor w, Tensor bias)
    {
        var (dx, dw, db) = (Samples.Doubles(x), Samples.Doubles(w), Samples.Doubles(bias.Values));
        var size = MatMulReference.Transposed(Absolute(dx), Absolute(dw), Absolute(db));
        Close.Equal(MatMulReference.Transposed(dx, dw, db), x.MatMul(w, bias), (t, n) => Bound(x.Columns, size[t, n]), $"{x} · {w}");
        Close.Equal(MatMulReference.Transposed(dx, dw), x.MatMul(w), (t, n) => Bound(x.Columns, size[t, n]), $"{x} · {w}");
    }

    // The worst case of any order of summation: one rounding of the partial sum for each of the K products and the bias, relative to Σ |x| |w|.
    private static double Bound(int inner, double sumOfAbsolutes) => (inner + 2) * Close.Rounding * sumOfAbsolutes;

    private static int[] Inner(DType type) => type.BlockElements() switch { 1 => Samples.OddSizes, 32 => [32, 96, 160], _ => [256, 768] };

    private static double[] Absolute(double[] values) => Array.ConvertAll(values, Math.Abs);

    private static double[,] Absolute(double[,] values)
    {
        var result = (double[,])values.Clone();
        for (int i = 0; i < result.GetLength(0); i++)
            for (int j = 0; j < result.GetLength(1); j++)
                result[i, j] = Math.Abs(result[i, j]);
        return result;
    }
}
