using Trimtab.Tensors.Kernels.Panels;
using Trimtab.Tensors.Kernels.Reference;
using Trimtab.Tensors.Ops;
using Trimtab.Tensors.Threading;
using Xunit;

namespace Trimtab.Tensors.Tests.Kernels.Gradients;

/// <summary>Products that are laid out as they go: gradients of packed products, and products with weights that are not packed.</summary>
public sealed class MatMulGradientTests
{
    // Rows, outputs and inner sizes around the widths of panels, tiles, row blocks (256) and stretches (256 × 256).
    private static readonly (int Rows, int Outputs, int Inner)[] Sizes =
    [
        (1, 1, 1), (1, 16, 16), (2, 17, 3), (3, 5, 33), (7, 33, 100), (13, 15, 257), (40, 300, 64), (6, 257, 31), (257, 19, 20), (300, 40, 270), (5, 530, 290), (65, 513, 48),
    ];

    public static TheoryData<DType> Types => [.. Samples.WeightTypes];

    public static TheoryData<KernelTier> Tiers => [.. Enum.GetValues<KernelTier>().Where(tier => tier != KernelTier.Emitted)];

    [Theory, MemberData(nameof(Types))]
    public void Input_gradient_through_a_packed_weight_of_any_type_equals_the_reference(DType type)
    {
        var samples = new Samples();
        foreach (var (rows, outputs, size) in Sizes)
        {
            int inner = Whole(type, size);
            using var weight = CpuBackend.Shared.Pack(samples.Weight(type, outputs, inner));
            var dy = samples.Uniform(new Shape(rows, outputs));
            // The panels may hold a nearer type than the file does; the gradient is that of what is multiplied with.
            var (dDy, w) = (Samples.Doubles(dy), Decoded(weight));
            var expected = MatMulGradientReference.Input(dDy, w);
            var scale = MatMulGradientReference.Input(Absolute(dDy), Absolute(w));
            var dx = Filled(rows, inner, float.NaN);
            CpuBackend.Shared.MatMulInputGradient(dy, weight, dx);
            Close.Equal(expected, dx, (t, k) => Bound(outputs, scale[t, k]), $"{dy} · {weight}");

            var sum = samples.Uniform(new Shape(rows, inner));
            var before = Samples.Doubles(sum);
            CpuBackend.Shared.MatMulInputGradient(dy, weight, sum, add: true);
            Close.Equal(Sum(before, expected), sum, (t, k) => Bound(outputs + 1, scale[t, k] + 1), $"{dy} · {weight} added");
        }
    }

    [Fact]
    public void Weight_gradient_equals_the_reference()
    {
        var samples = new Samples();
        foreach (var (outputs, rows, inner) in Sizes)
        {
            var (dy, x) = (samples.Uniform(new Shape(rows, outputs)), samples.Uniform(new Shape(rows, inner)));
            var (dDy, dx) = (Samples.Doubles(dy), Samples.Doubles(x));
            var expected = MatMulGradientReference.Weight(dDy, dx);
            var scale = MatMulGradientReference.Weight(Absolute(dDy), Absolute(dx));
            var dw = Filled(outputs, inner, float.NaN);
            CpuBackend.Shared.MatMulWeightGradient(dy, x, dw);
            Close.Equal(expected, dw, (n, k) => Bound(rows, scale[n, k]), $"{dy}ᵀ · {x}");

            var sum = samples.Uniform(new Shape(outputs, inner));
            var before = Samples.Doubles(sum);
            CpuBackend.Shared.MatMulWeightGradient(dy, x, sum, add: true);
            Close.Equal(Sum(before, expected), sum, (n, k) => Bound(rows + 1, scale[n, k] + 1), $"{dy}ᵀ · {x} added");
        }
    }

    [Fact]
    public void Gradient_twins_are_the_slopes_of_the_product()
    {
        var samples = new Samples();
        var (x, w, dy) = (Samples.Doubles(samples.Uniform(new Shape(4, 5))), Samples.Doubles(samples.Uniform(new Shape(3, 5))), Samples.Doubles(samples.Uniform(new Shape(4, 3))));
        double Loss() => CentralDifference.Weighted(dy, MatMulReference.Transposed(x, w));
        CentralDifference.Confirms(x, MatMulGradientReference.Input(dy, w), Loss, "dx");
        CentralDifference.Confirms(w, MatMulGradientReference.Weight(dy, x), Loss, "dw");
    }

    [Theory, MemberData(nameof(Tiers))]
    public void Every_tier_and_number_of_threads_gives_the_same_bits(KernelTier tier)
    {
        var samples = new Samples();
        using var team = new WorkerTeam(3);
        using var alone = new WorkerTeam(1);
        var (many, one) = (new CpuBackend(team, tier), new CpuBackend(alone));
        foreach (var (rows, outputs, inner) in Sizes)
        {
            var (x, dy, w) = (samples.Uniform(new Shape(rows, inner)), samples.Uniform(new Shape(rows, outputs)), samples.Uniform(new Shape(outputs, inner)));
            using var packed = one.Pack(w);
            foreach (var (name, width, op) in ((string, Shape, Action<Backend, Tensor>)[])
                [
                    ("dx", new Shape(rows, inner), (b, y) => b.MatMulInputGradient(dy, packed, y)),
                    ("dw", new Shape(outputs, inner), (b, y) => b.MatMulWeightGradient(dy, x, y)),
                    ("y", new Shape(rows, outputs), (b, y) => b.MatMul(x, w, null, y)),
                    ("untransposed", new Shape(rows, inner), (b, y) => b.MatMulUntransposed(dy, w, null, y)),
                ])
            {
                var (expected, actual) = (Tensor.Zeros(width), Tensor.Zeros(width));
                op(one, expected);
                op(many, actual);
                Close.Identical(expected, actual, $"{name} of {(rows, outputs, inner)}, {tier}");
            }
        }
    }

    [Fact]
    public void A_product_with_a_packed_weight_and_one_with_the_weight_itself_have_the_same_bits()
    {
        var samples = new Samples();
        foreach (var (rows, outputs, inner) in Sizes)
        {
            var (x, w, bias) = (samples.Uniform(new Shape(rows, inner)), samples.Uniform(new Shape(outputs, inner)), samples.Uniform(new Shape(outputs)));
            using var packed = CpuBackend.Shared.Pack(w);
            Close.Identical(x.MatMul(packed, bias), x.MatMul(w, bias), $"{x} · {w}");
        }
    }

    [Fact]
    public void A_sum_over_nothing_is_zero_or_what_was_there()
    {
        var dw = Filled(3, 5, 7);
        CpuBackend.Shared.MatMulWeightGradient(Tensor.Zeros(new Shape(0, 3)), Tensor.Zeros(new Shape(0, 5)), dw, add: true);
        Assert.All(dw.Values.ToArray(), value => Assert.Equal(7, value));
        CpuBackend.Shared.MatMulWeightGradient(Tensor.Zeros(new Shape(0, 3)), Tensor.Zeros(new Shape(0, 5)), dw);
        Assert.All(dw.Values.ToArray(), value => Assert.Equal(0, value));
    }

    // The worst case of any order of summation: one rounding for each term, relative to Σ |a| |b|.
    private static double Bound(int terms, double sumOfAbsolutes) => (terms + 1) * Close.Rounding * sumOfAbsolutes;

    private static int Whole(DType type, int size) => (size + type.BlockElements() - 1) / type.BlockElements() * type.BlockElements();

    private static Tensor Filled(int rows, int columns, float value)
    {
        var tensor = Tensor.Zeros(new Shape(rows, columns));
        tensor.Values.Fill(value);
        return tensor;
    }

    private static unsafe double[,] Decoded(PackedWeight weight)
    {
        var result = new double[weight.Outputs, weight.Inner];
        var panel = new float[weight.Inner * PanelFormat.Width];
        for (int n = 0; n < weight.Outputs; n++)
        {
            fixed (float* p = panel)
                weight.Format.Decode(weight.Panel(n / PanelFormat.Width), weight.Inner, 0, weight.Inner, p);
            for (int k = 0; k < weight.Inner; k++)
                result[n, k] = panel[k * PanelFormat.Width + n % PanelFormat.Width];
        }
        return result;
    }

    private static double[,] Absolute(double[,] values) => Map(values, values, (v, _) => Math.Abs(v));

    private static double[,] Sum(double[,] x, double[,] y) => Map(x, y, (a, b) => a + b);

    private static double[,] Map(double[,] x, double[,] y, Func<double, double, double> f)
    {
        var result = new double[x.GetLength(0), x.GetLength(1)];
        for (int i = 0; i < x.GetLength(0); i++)
            for (int j = 0; j < x.GetLength(1); j++)
                result[i, j] = f(x[i, j], y[i, j]);
        return result;
    }
}
