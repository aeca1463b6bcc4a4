using Trimtab.Tensors.Kernels.Reference;
using Trimtab.Tensors.Ops;
using Trimtab.Tensors.Threading;
using Xunit;

namespace Trimtab.Tensors.Tests.Kernels.Gradients;

/// <summary>Gradients of norms, activations, rotations and gathered rows, against their twins; and the twins against central differences.</summary>
public sealed class RowGradientTests
{
    private const float Eps = 1e-5f;

    // Rows around the blocks of 32 that sums over rows are made of.
    private static readonly int[] RowCounts = [1, 3, 31, 33, 64, 161];

    public static TheoryData<Activation> Activations => [.. Enum.GetValues<Activation>()];

    [Fact]
    public void Rms_norm_gradients_equal_the_reference()
    {
        var samples = new Samples();
        foreach (int size in Samples.OddSizes)
            foreach (int rows in RowCounts)
            {
                var (x, weight, dy) = (samples.Uniform(new Shape(rows, size)), samples.Uniform(new Shape(size), 2), samples.Uniform(new Shape(rows, size)));
                var dweight = Tensor.Zeros(new Shape(size));
                dweight.Values.Fill(1);
                var dx = dy.RmsNormGradient(x, weight, Eps, dweight);
                var (sums, sizes) = (new double[size], new double[size]);
                for (int row = 0; row < rows; row++)
                {
                    var (dxRow, dw) = NormGradientReference.Rms(Samples.Doubles(x.Row(row)), Samples.Doubles(weight.Values), Eps, Samples.Doubles(dy.Row(row)));
                    double largest = Scale(x.Row(row));
                    // r and x̂ carry (n/2 + 6) roundings as in the forward pass; g = dy·w is at most 2, and x̂ · mean(g ⊙ x̂) at most 2·|x̂|, |x̂| ≤ √n, off by 3 times those and n more.
                    double tolerance = largest * (2 + 2 * Math.Sqrt(size)) * (3 * (size / 2.0 + 6) + size + 8) * Close.Rounding;
                    Close.Equal(dxRow, dx.Row(row), _ => tolerance, $"dx, {size} × {rows}");
                    for (int i = 0; i < size; i++)
                        (sums[i], sizes[i]) = (sums[i] + dw[i], sizes[i] + Math.Abs(dw[i]));
                }
                // Each term carries those of x̂, the sum at most one rounding for each row beside.
                Close.Equal(Array.ConvertAll(sums, v => v + 1), dweight.Values, i => (sizes[i] + 1) * (size / 2.0 + 8 + rows) * Close.Rounding, $"dweight, {size} × {rows}");
            }
    }

    [Fact]
    public void Layer_norm_gradients_equal_the_reference()
    {
        var samples = new Samples();
        foreach (int size in Samples.OddSizes[3..])
            foreach (int rows in RowCounts)
            {
                var (x, weight, dy) = (samples.Uniform(new Shape(rows, size)), samples.Uniform(new Shape(size), 2), samples.Uniform(new Shape(rows, size)));
                var (dweight, dbias) = (Tensor.Zeros(new Shape(size)), Tensor.Zeros(new Shape(size)));
                var dx = dy.LayerNormGradient(x, weight, Eps, dweight, dbias);
                var (weightSums, biasSums, tolerances) = (new double[size], new double[size], 0.0);
                for (int row = 0; row < rows; row++)
                {
                    var (dxRow, dw, db) = NormGradientReference.Layer(Samples.Doubles(x.Row(row)), Samples.Doubles(weight.Values), Eps, Samples.Doubles(dy.Row(row)));
                    // x − mean is off by (n + 1) roundings of 1, in x̂ and through r; then as for the other norm, with one mean more.
                    double scale = Deviation(x.Row(row)), normed = (size + 8) * (1 + scale) * Close.Rounding;
                    double tolerance = scale * (4 + 2 * Math.Sqrt(size)) * (3 * Math.Sqrt(size) * normed + (2 * size + 16) * Close.Rounding);
                    Close.Equal(dxRow, dx.Row(row), _ => tolerance, $"dx, {size} × {rows}");
                    tolerances += Math.Sqrt(size) * (normed + rows * Close.Rounding);
                    for (int i = 0; i < size; i++)
                        (weightSums[i], biasSums[i]) = (weightSums[i] + dw[i], biasSums[i] + db[i]);
                }
                Close.Equal(weightSums, dweight.Values, _ => tolerances, $"dweight, {size} × {rows}");
                Close.Equal(biasSums, dbias.Values, _ => rows * rows * Close.Rounding, $"dbias, {size} × {rows}");
                var alone = Tensor.Zeros(new Shape(size));
                dy.LayerNormGradient(x, weight, Eps, dbias: alone);
                Close.Identical(dbias, alone, "dbias without dweight");
            }
    }

    [Fact]
    public void Sums_over_rows_do_not_depend_on_the_number_of_threads()
    {
        var samples = new Samples();
        using var team = new WorkerTeam(3);
        using var alone = new WorkerTeam(1);
        foreach (int rows in RowCounts)
        {
            var (x, weight, dy) = (samples.Uniform(new Shape(rows, 131)), samples.Uniform(new Shape(131)), samples.Uniform(new Shape(rows, 131)));
            var results = new List<Tensor[]>();
            foreach (var backend in (Backend[])[new CpuBackend(team), new CpuBackend(alone)])
            {
                Tensor[] made = [Tensor.Zeros(x.Shape), Tensor.Zeros(weight.Shape), Tensor.Zeros(x.Shape), Tensor.Zeros(weight.Shape), Tensor.Zeros(weight.Shape), Tensor.Zeros(new Shape(2, 131))];
                backend.RmsNormGradient(x, weight, Eps, dy, made[0], made[1]);
                backend.LayerNormGradient(x, weight, Eps, dy, made[2], made[3], made[4]);
                backend.GatherGradient(dy, new int[rows], made[5]);
                results.Add(made);
            }
            for (int i = 0; i < results[0].Length; i++)
                Close.Identical(results[1][i], results[0][i], $"result {i} of {rows} rows");
        }
    }

    [Fact]
    public void Twins_of_norms_are_the_slopes_of_the_norms()
    {
        var samples = new Samples();
        var (x, weight, bias, dy) = (Row(samples, 5), Row(samples, 5), Row(samples, 5), Row(samples, 5));
        double Rms() => CentralDifference.Weighted(dy, NormReference.Rms(x, weight, 1e-3));
        var (dx, dweight) = NormGradientReference.Rms(x, weight, 1e-3, dy);
        CentralDifference.Confirms(x, dx, Rms, "dx");
        CentralDifference.Confirms(weight, dweight, Rms, "dweight");
        double Layer() => CentralDifference.Weighted(dy, NormReference.Layer(x, weight, bias, 1e-3));
        (dx, dweight, var dbias) = NormGradientReference.Layer(x, weight, 1e-3, dy);
        CentralDifference.Confirms(x, dx, Layer, "dx of layer norm");
        CentralDifference.Confirms(weight, dweight, Layer, "dweight of layer norm");
        CentralDifference.Confirms(bias, dbias, Layer, "dbias of layer norm");
    }

    [Theory, MemberData(nameof(Activations))]
    public void Slopes_of_activations_equal_the_reference(Activation activation)
    {
        var samples = new Samples();
        foreach (int size in (int[])[.. Samples.OddSizes, 1023, 1025, 2100])
            foreach (float scale in (float[])[0.01f, 1, 10, 100, 1e4f])
            {
                var (x, dy) = (samples.Uniform(new Shape(2, size), scale), samples.Uniform(new Shape(2, size)));
                var dx = dy.ActivateGradient(x, activation);
                for (int row = 0; row < 2; row++)
                {
                    var (input, gradient) = (x.Row(row).ToArray(), dy.Row(row).ToArray());
                    var expected = Enumerable.Range(0, size).Select(i => gradient[i] * ActivationGradientReference.Slope(input[i], activation)).ToArray();
                    Close.Equal(expected, dx.Row(row), i => SlopeTolerance(input[i]) * Math.Abs(gradient[i]), $"{activation}, scale {scale}");
                }
            }
    }

    [Theory, MemberData(nameof(Activations))]
    public void Slopes_stay_finite_on_extreme_values(Activation activation)
    {
        float[] extreme = [0, -0f, 1e-30f, -1e-30f, 15, -15, 17, -17, 88, -88, 104, -104, 129, -129, 1e10f, -1e10f, 1e19f, -1e19f, 3e38f, -3e38f];
        var x = Tensor.From(extreme, 1, extreme.Length);
        var dy = Tensor.Zeros(x.Shape);
        dy.Values.Fill(1);
        var dx = dy.ActivateGradient(x, activation);
        for (int i = 0; i < extreme.Length; i++)
            Close.Equal(ActivationGradientReference.Slope(extreme[i], activation), dx.Values[i], SlopeTolerance(extreme[i]), $"{activation}′({extreme[i]})");
    }

    [Theory, MemberData(nameof(Activations))]
    public void Twins_of_slopes_are_the_slopes_of_activations(Activation activation)
    {
        // Not at 0, where ReLU has none.
        for (double x = -6.03; x < 6; x += 0.37)
        {
            double[] input = [x], slope = [ActivationGradientReference.Slope(x, activation)];
            CentralDifference.Confirms(input, slope, () => ActivationReference.Apply(input[0], activation), $"{activation}′({x})");
        }
    }

    [Theory, MemberData(nameof(Activations))]
    public void Gate_gradients_are_products_of_the_activation_and_its_slope(Activation activation)
    {
        var samples = new Samples();
        foreach (int size in (int[])[1, 33, 1025, 2100])
        {
            var (gate, up, dz) = (samples.Uniform(new Shape(3, size), 3), samples.Uniform(new Shape(3, size)), samples.Uniform(new Shape(3, size)));
            var (dgate, dup) = dz.GateGradient(gate, up, activation);
            for (int row = 0; row < 3; row++)
                for (int i = 0; i < size; i++)
                {
                    float g = gate.Row(row)[i], u = up.Row(row)[i], d = dz.Row(row)[i];
                    Close.Equal((double)d * u * ActivationGradientReference.Slope(g, activation), dgate.Row(row)[i], SlopeTolerance(g), $"dgate of {activation}");
                    // The tolerance of the forward pass for inputs up to 3, and one product.
                    Close.Equal(d * ActivationReference.Apply(g, activation), dup.Row(row)[i], 17 * Close.Rounding * 3, $"dup of {activation}");
                }
        }
    }

    [Theory, InlineData(RotaryPairs.Halves), InlineData(RotaryPairs.Interleaved)]
    public void Rotation_gradient_equals_the_reference_and_leaves_the_rest_alone(RotaryPairs pairs)
    {
        var samples = new Samples();
        foreach (var (headSize, offset, count) in ((int, int, int)[])[(2, 0, 1), (6, 0, 3), (64, 0, 32), (100, 0, 25), (40, 24, 8), (7, 1, 3), (130, 2, 64)])
        {
            var (dy, cos, sin) = (samples.Uniform(new Shape(3, 5 * headSize)), samples.Uniform(new Shape(3, count)), samples.Uniform(new Shape(3, count)));
            var dx = dy.Copy();
            dx.Backend.RotateGradient(dx, headSize, offset, cos, sin, pairs);
            for (int row = 0; row < 3; row++)
                for (int head = 0; head < 5; head++)
                {
                    var expected = RotaryGradientReference.Rotate(Samples.Doubles(dy.Row(row).Slice(head * headSize, headSize)), offset, Samples.Doubles(cos.Row(row)), Samples.Doubles(sin.Row(row)), pairs);
                    // A product and a fused sum of values up to 1 and 2.
                    Close.Equal(expected, dx.Row(row).Slice(head * headSize, headSize), i => i >= offset && i < offset + 2 * count ? 3 * Close.Rounding : 0, $"{pairs}, head of {headSize}");
                }
        }
    }

    [Theory, InlineData(RotaryPairs.Halves), InlineData(RotaryPairs.Interleaved)]
    public void The_twin_of_a_rotation_is_its_slope(RotaryPairs pairs)
    {
        var samples = new Samples();
        var (x, dy, cos, sin) = (Row(samples, 9), Row(samples, 9), Row(samples, 3), Row(samples, 3));
        CentralDifference.Confirms(x, RotaryGradientReference.Rotate(dy, 2, cos, sin, pairs), () => CentralDifference.Weighted(dy, RotaryReference.Rotate(x, 2, cos, sin, pairs)), $"{pairs}");
    }

    [Fact]
    public void Gradients_of_gathered_rows_add_up_in_the_table()
    {
        var samples = new Samples();
        int[] ids = [3, 0, 3, 1, 3];
        foreach (int width in Samples.OddSizes)
        {
            var (dy, dtable) = (samples.Uniform(new Shape(5, width)), samples.Uniform(new Shape(4, width)));
            var expected = RowsGradientReference.Gather(Samples.Doubles(dy), ids, Samples.Doubles(dtable));
            dy.AddGatherGradient(ids, dtable);
            // Three sums of values up to 4.
            Close.Equal(expected, dtable, (_, _) => 3 * 4 * Close.Rounding, $"width {width}");
        }
    }

    [Fact]
    public void Gradients_of_scattered_rows_equal_the_reference()
    {
        var samples = new Samples();
        int[] rows = [3, 0, 3, 1, 3];
        float[] weights = [0.5f, -2, 1, 0.25f, 3], dweights = new float[5];
        foreach (int width in Samples.OddSizes)
        {
            var (x, dy) = (samples.Uniform(new Shape(5, width)), samples.Uniform(new Shape(4, width)));
            var (dx, dw) = RowsGradientReference.ScatterAdd(Samples.Doubles(x), rows, Samples.Doubles(weights), Samples.Doubles(dy));
            var actual = Tensor.Zeros(x.Shape);
            x.Backend.ScatterAddGradient(x, rows, weights, dy, actual, dweights);
            Close.Equal(dx, actual, (_, _) => 3 * Close.Rounding, $"dx, width {width}");
            // A sum of `width` products up to 1.
            Close.Equal(dw, dweights, _ => (double)width * (width + 1) * Close.Rounding, $"dweights, width {width}");
            x.Backend.ScatterAddGradient(x, rows, weights, dy, x, []);
            Close.Identical(actual, x, "in place");
        }
    }

    [Fact]
    public void Twins_of_rows_are_the_slopes_of_gathering_and_scattering()
    {
        var samples = new Samples();
        double[,] Matrix(int rows) => Samples.Doubles(samples.Uniform(new Shape(rows, 2)));
        var (table, dy, x, y, dsum, weights) = (Matrix(4), Matrix(5), Matrix(5), Matrix(4), Matrix(4), Row(samples, 5));
        int[] rows = [3, 0, 3, 1, 3];
        CentralDifference.Confirms(table, RowsGradientReference.Gather(dy, rows, new double[4, 2]), () => CentralDifference.Weighted(dy, RowsReference.Gather(table, rows)), "table");
        double Scattered() => CentralDifference.Weighted(dsum, RowsReference.ScatterAdd(x, rows, weights, y));
        var (dx, dweights) = RowsGradientReference.ScatterAdd(x, rows, weights, dsum);
        CentralDifference.Confirms(x, dx, Scattered, "x");
        CentralDifference.Confirms(weights, dweights, Scattered, "weights");
    }

    // As for the activations themselves: some roundings of 1, and of x times a slope that is gone where |x| is over 128. Where 1 + tanh cancels, it is roundings of x · (1 − tanh²).
    private static double SlopeTolerance(float x) => 16 * Close.Rounding * (1 + Math.Min(Math.Abs(x), 16));

    private static double[] Row(Samples samples, int size) => Samples.Doubles(samples.Uniform(new Shape(size)).Values);

    private static double Scale(ReadOnlySpan<float> row)
    {
        double sum = 0;
        foreach (float value in row)
            sum += (double)value * value / row.Length;
        return 1 / Math.Sqrt(sum + Eps);
    }

    private static double Deviation(ReadOnlySpan<float> row)
    {
        double mean = 0;
        foreach (float value in row)
            mean += (double)value / row.Length;
        var centred = row.ToArray();
        foreach (ref float value in centred.AsSpan())
            value -= (float)mean;
        return Scale(centred);
    }
}
