using Trimtab.Tensors.Kernels.Panels;
using Trimtab.Tensors.Kernels.Reference;
using Trimtab.Tensors.Ops;
using Trimtab.Tensors.Threading;
using Xunit;

namespace Trimtab.Tensors.Tests.Kernels.Gradients;

public sealed class AttentionGradientTests
{
    private static readonly AttentionShape[] Shapes =
    [
        new(1, 1, 1, 1, 1), new(4, 2, 7, 5, 0.4f), new(4, 4, 33, 33, 0.2f, SoftCap: 0.5f), new(6, 1, 16, 16, 0.25f, Window: 3),
        new(6, 3, 20, 12, 1, SoftCap: 30, Window: 8), new(2, 2, 64, 64, 0.125f), new(8, 2, 65, 31, 0.1f, Window: 1),
    ];

    // Around tiles of 128 rows and blocks of 256 keys, with and without keys before the first query.
    private static readonly (int FirstPosition, int Rows)[] Places = [(0, 1), (0, 2), (0, 7), (6, 1), (31, 3), (60, 41), (0, 150), (260, 40)];

    [Fact]
    public void Gradients_equal_the_reference() => EachCase(Shapes, (shape, first, x) =>
    {
        var (q, k, v, dy) = (Samples.Doubles(x.Q), Samples.Doubles(x.K), Samples.Doubles(x.V), Samples.Doubles(x.Dy));
        var expected = AttentionGradientReference.Gradients(q, k, v, dy, first, shape);
        var actual = Gradients(CpuBackend.Shared, x, first, shape);
        var (dq, dk, dv) = Tolerances(shape, k.GetLength(0), q.GetLength(0) * shape.Heads / shape.KeyHeads);
        Close.Equal(expected.Dq, actual.Dq, (_, _) => dq, $"dq, {shape} at {first}");
        Close.Equal(expected.Dk, actual.Dk, (_, _) => dk, $"dk, {shape} at {first}");
        Close.Equal(expected.Dv, actual.Dv, (_, _) => dv, $"dv, {shape} at {first}");
    });

    [Fact]
    public void The_twin_is_the_slope_of_attention()
    {
        var samples = new Samples();
        foreach (var shape in (AttentionShape[])[new(4, 2, 3, 2, 0.7f), new(2, 1, 3, 3, 1, SoftCap: 0.8f), new(2, 2, 2, 3, 1, Window: 2)])
        {
            var x = new Inputs(samples, shape, 3, 4);
            var (q, k, v, dy) = (Samples.Doubles(x.Q), Samples.Doubles(x.K), Samples.Doubles(x.V), Samples.Doubles(x.Dy));
            double Loss() => CentralDifference.Weighted(dy, AttentionReference.Mix(AttentionReference.Pattern(q, k, 3, shape), v, shape));
            var (dq, dk, dv) = AttentionGradientReference.Gradients(q, k, v, dy, 3, shape);
            CentralDifference.Confirms(q, dq, Loss, $"dq, {shape}");
            CentralDifference.Confirms(k, dk, Loss, $"dk, {shape}");
            CentralDifference.Confirms(v, dv, Loss, $"dv, {shape}");
        }
    }

    [Theory, InlineData(KernelTier.Portable), InlineData(KernelTier.Avx2), InlineData(KernelTier.Avx512)]
    public void Every_tier_and_number_of_threads_gives_the_same_bits(KernelTier tier)
    {
        using var team = new WorkerTeam(3);
        using var alone = new WorkerTeam(1);
        var (many, one) = (new CpuBackend(team, tier), new CpuBackend(alone));
        EachCase(Shapes[1..5], (shape, first, x) =>
        {
            var (expected, actual) = (Gradients(one, x, first, shape), Gradients(many, x, first, shape));
            Close.Identical(expected.Dq, actual.Dq, $"dq, {shape} at {first}");
            Close.Identical(expected.Dk, actual.Dk, $"dk, {shape} at {first}");
            Close.Identical(expected.Dv, actual.Dv, $"dv, {shape} at {first}");
        });
    }

    [Fact]
    public void A_query_alone_has_the_gradient_it_has_among_others() => EachCase(Shapes[1..5], (shape, first, x) =>
    {
        var all = Gradients(CpuBackend.Shared, x, first, shape).Dq;
        for (int row = 0; row < x.Q.RowCount; row += 1 + x.Q.RowCount / 4)
        {
            int keys = first + row + 1;
            var one = new Inputs(x.Q.Slice(row, 1), x.K.Slice(0, keys), x.V.Slice(0, keys), x.Dy.Slice(row, 1));
            Testing.Near.Identical(all.Row(row), Gradients(CpuBackend.Shared, one, first + row, shape).Dq.Values, $"{shape} at {first + row}");
        }
    });

    // First order in ε = 2⁻²⁴, for values up to 1. A weight p is off by ρ·p, as the tests of the forward pass derive: (E + 4) roundings of a score of at most s = scale·E,
    // twice, and one for each key and step of the softmax. dP = dy·v is at most Ev and off by (Ev + 1)·Ev·ε; its mean under p by as much, by ρ·Ev, and by keys·Ev·ε. The
    // slope of the cap is off by twice the error of s/c. dS = scale·slope·p·(dP − mean) then is off by scale·Ev·p·τ, and is at most 2·scale·Ev·p. Sums over keys
    // meet Σp = 1; sums over rows at most p = 1 from each row, and one rounding of the partial sum each.
    private static (double Dq, double Dk, double Dv) Tolerances(in AttentionShape shape, int keys, int rows)
    {
        double score = shape.Scale * shape.KeySize, scoreError = (shape.KeySize + 4) * score * Close.Rounding;
        double rho = 2 * scoreError + (keys + 10) * Close.Rounding;
        double slope = shape.SoftCap > 0 ? 2 * scoreError / shape.SoftCap + 8 * Close.Rounding : 0;
        double tau = 3 * rho + (2 * (shape.ValueSize + 1) + keys + 8) * Close.Rounding + 2 * slope;
        double size = shape.Scale * shape.ValueSize;
        return (size * (tau + 2 * keys * Close.Rounding), size * rows * (tau + 2 * rows * Close.Rounding), rows * (rho + rows * Close.Rounding));
    }

    private static (Tensor Dq, Tensor Dk, Tensor Dv) Gradients(Backend backend, Inputs x, int first, in AttentionShape shape)
    {
        var (dq, dk, dv) = (Tensor.Zeros(x.Q.Shape), Tensor.Zeros(x.K.Shape), Tensor.Zeros(x.V.Shape));
        foreach (var tensor in (Tensor[])[dq, dk, dv])
            tensor.Values.Fill(float.NaN);
        backend.AttentionGradient(x.Q, x.K, x.V, x.Dy, first, shape, dq, dk, dv);
        return (dq, dk, dv);
    }

    private static void EachCase(AttentionShape[] shapes, Action<AttentionShape, int, Inputs> check)
    {
        var samples = new Samples();
        foreach (var shape in shapes)
            foreach (var (first, rows) in Places)
                check(shape, first, new Inputs(samples, shape, first, rows));
    }

    private sealed record Inputs(Tensor Q, Tensor K, Tensor V, Tensor Dy)
    {
        public Inputs(Samples samples, in AttentionShape shape, int first, int rows) : this(
            samples.Uniform(new Shape(rows, shape.Heads * shape.KeySize)), samples.Uniform(new Shape(first + rows, shape.KeyHeads * shape.KeySize)),
            samples.Uniform(new Shape(first + rows, shape.KeyHeads * shape.ValueSize)), samples.Uniform(new Shape(rows, shape.Heads * shape.ValueSize)))
        {
        }
    }
}
