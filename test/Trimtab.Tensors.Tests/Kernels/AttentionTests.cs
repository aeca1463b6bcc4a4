using Trimtab.Tensors.Kernels.Reference;
using Trimtab.Tensors.Ops;
using Trimtab.Tensors.Threading;
using Xunit;

namespace Trimtab.Tensors.Tests.Kernels;

public sealed class AttentionTests
{
    private static readonly AttentionShape[] Shapes =
    [
        new(1, 1, 1, 1, 1), new(4, 2, 7, 5, 0.4f), new(4, 4, 33, 33, 0.2f, SoftCap: 0.5f), new(6, 1, 16, 16, 0.25f, Window: 3),
        new(6, 3, 20, 12, 3, SoftCap: 30, Window: 8), new(2, 2, 64, 64, 40), new(8, 2, 65, 31, 1, Window: 1),
    ];

    private static readonly (int FirstPosition, int Rows)[] Places = [(0, 1), (0, 2), (0, 7), (6, 1), (31, 3), (64, 1), (60, 41), (99, 1), (0, 150)];

    [Fact]
    public void Attention_equals_the_reference() => EachCase((shape, first, q, k, v, pattern) =>
    {
        var y = Tensor.Zeros(new Shape(q.RowCount, shape.Heads * shape.ValueSize));
        using var memory = Written(k, v, shape);
        q.Backend.Attention(q, memory, first, shape, y);
        double tolerance = PatternTolerance(shape) * k.RowCount + k.RowCount * Close.Rounding;
        Close.Equal(AttentionReference.Mix(pattern, Samples.Doubles(v), shape), y, (_, _) => tolerance, $"{shape} at {first}");
    });

    [Fact]
    public void Pattern_equals_the_reference_and_is_zero_where_nothing_is_seen() => EachCase((shape, first, q, k, v, pattern) =>
    {
        var y = Tensor.Zeros(new Shape(q.RowCount, shape.Heads, k.RowCount));
        y.Values.Fill(float.NaN);
        using var memory = Written(k, v, shape);
        q.Backend.AttentionPattern(q, memory, first, shape, y);
        for (int row = 0; row < q.RowCount; row++)
            for (int head = 0; head < shape.Heads; head++)
                for (int key = 0; key < k.RowCount; key++)
                    Close.Equal(pattern[row, head, key], y[row, head, key], pattern[row, head, key] == 0 && key > first + row ? 0 : PatternTolerance(shape), $"{shape} at {first}: [{row}, {head}, {key}]");
    });

    [Fact]
    public void Pattern_and_mix_give_the_bits_of_the_fused_attention() => EachCase((shape, first, q, k, v, _) =>
    {
        var size = new Shape(q.RowCount, shape.Heads * shape.ValueSize);
        var (pattern, fused, mixed) = (Tensor.Zeros(new Shape(q.RowCount, shape.Heads, k.RowCount)), Tensor.Zeros(size), Tensor.Zeros(size));
        using var memory = Written(k, v, shape);
        q.Backend.Attention(q, memory, first, shape, fused);
        q.Backend.AttentionPattern(q, memory, first, shape, pattern);
        q.Backend.AttentionMix(Samples.Displaced(pattern), memory, first, shape, mixed);
        Close.Identical(fused, mixed, $"{shape} at {first}");
    });

    [Fact]
    public void One_row_at_a_time_gives_the_bits_of_all_rows() => EachCase((shape, first, q, k, v, _) =>
    {
        int width = shape.Heads * shape.ValueSize;
        var (all, one) = (Tensor.Zeros(new Shape(q.RowCount, width)), Tensor.Zeros(new Shape(1, width)));
        using var memory = Written(k, v, shape);
        q.Backend.Attention(q, memory, first, shape, all);
        using var growing = new KeyValueBlocks();
        growing.Write(0, k.Slice(0, first), v.Slice(0, first), shape);
        for (int row = 0; row < q.RowCount; row++)
        {
            growing.Write(first + row, k.Slice(first + row, 1), v.Slice(first + row, 1), shape);
            q.Backend.Attention(Samples.Displaced(q.Slice(row, 1)), growing, first + row, shape, one);
            Testing.Near.Identical(all.Row(row), one.Values, $"{shape} at {first + row}");
        }
    });

    [Fact]
    public void A_failing_call_leaves_the_threads_usable()
    {
        var shape = new AttentionShape(4, 4, 8, 8, 1);
        var samples = new Samples();
        var q = samples.Uniform(new Shape(40, 32));
        var y = Tensor.Zeros(new Shape(40, 32));
        using var memory = Written(q, q, shape);
        using var team = new WorkerTeam(3);
        var backend = new CpuBackend(team);
        for (int i = 0; i < 3; i++)
            Assert.ThrowsAny<Exception>(() => backend.Attention(Tensor.Zeros(q.Shape, DType.F16), memory, 0, shape, y));
        backend.Attention(q, memory, 0, shape, y);
        Assert.All(y.Values.ToArray(), value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void Half_precision_memory_gives_the_bits_of_keys_and_values_rounded_beforehand() => EachCase((shape, first, q, k, v, _) =>
    {
        var size = new Shape(q.RowCount, shape.Heads * shape.ValueSize);
        var (expected, actual) = (Tensor.Zeros(size), Tensor.Zeros(size));
        using var rounded = Written(Rounded(k), Rounded(v), shape);
        using var half = Written(k, v, shape, DType.F16);
        q.Backend.Attention(q, rounded, first, shape, expected);
        q.Backend.Attention(q, half, first, shape, actual);
        Close.Identical(expected, actual, $"{shape} at {first}");
    });

    [Theory, InlineData(65520f), InlineData(float.NegativeInfinity), InlineData(float.NaN)]
    public void A_value_that_half_precision_cannot_hold_is_refused(float value)
    {
        var shape = new AttentionShape(1, 1, 4, 4, 1);
        var (k, v) = (Tensor.Zeros(new Shape(3, 4)), Tensor.Zeros(new Shape(3, 4)));
        v.Row(2)[1] = value;
        using var memory = new KeyValueBlocks(DType.F16);
        Assert.Contains("position 2", Assert.Throws<TensorException>(() => memory.Write(0, k, v, shape)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_of_another_size_are_refused()
    {
        var shape = new AttentionShape(4, 4, 8, 8, 1);
        using var memory = new KeyValueBlocks();
        Assert.Throws<TensorException>(() => memory.Write(0, Tensor.Zeros(new Shape(2, 32)), Tensor.Zeros(new Shape(2, 8)), shape));
        Assert.Throws<TensorException>(() => memory.Write(1, Tensor.Zeros(new Shape(2, 32)), Tensor.Zeros(new Shape(2, 32)), shape));
    }

    [Fact]
    public void The_number_of_threads_changes_no_bit() => EachCase((shape, first, q, k, v, _) =>
    {
        var size = new Shape(q.RowCount, shape.Heads * shape.ValueSize);
        var expected = Tensor.Zeros(size);
        using var memory = Written(k, v, shape);
        q.Backend.Attention(q, memory, first, shape, expected);
        foreach (int threads in (int[])[1, 3, 16])
        {
            using var team = new WorkerTeam(threads);
            var actual = Tensor.Zeros(size);
            new CpuBackend(team).Attention(q, memory, first, shape, actual);
            Close.Identical(expected, actual, $"{shape} at {first}, {threads} threads");
        }
    });

    [Fact]
    public void What_a_query_does_not_see_may_be_anything()
    {
        var samples = new Samples();
        foreach (var shape in Shapes)
        {
            const int Length = 90, Bad = 70;
            var (q, k, v) = (samples.Uniform(new Shape(Length, shape.Heads * shape.KeySize)), samples.Uniform(new Shape(Length, shape.KeyHeads * shape.KeySize)), samples.Uniform(new Shape(Length, shape.KeyHeads * shape.ValueSize)));
            var (expected, actual) = (Tensor.Zeros(new Shape(Length, shape.Heads * shape.ValueSize)), Tensor.Zeros(new Shape(Length, shape.Heads * shape.ValueSize)));
            using (var memory = Written(k, v, shape))
                q.Backend.Attention(q, memory, 0, shape, expected);
            (k.Row(Bad)[0], v.Row(Bad)[0]) = (float.NaN, float.PositiveInfinity);
            using (var memory = Written(k, v, shape))
                q.Backend.Attention(q, memory, 0, shape, actual);
            for (int row = 0; row < Length; row++)
                if (row < Bad || (shape.Window > 0 && row >= Bad + shape.Window))
                    Testing.Near.Identical(expected.Row(row), actual.Row(row), $"{shape}, row {row}");
            Assert.Contains(actual.Row(Bad).ToArray(), value => !float.IsFinite(value));
        }
    }

    private static KeyValueBlocks Written(Tensor k, Tensor v, in AttentionShape shape, DType type = DType.F32)
    {
        var memory = new KeyValueBlocks(type);
        memory.Write(0, k, v, shape);
        return memory;
    }

    private static Tensor Rounded(Tensor x)
    {
        var y = x.Copy();
        foreach (ref float value in y.Values)
            value = (float)(Half)value;
        return y;
    }

    // An error ε of a score changes a probability p by at most p·2ε; a score of size s is off by about (E + 4) roundings of s, a softmax by one per key.
    private static double PatternTolerance(in AttentionShape shape)
    {
        double largestScore = shape.Scale * shape.KeySize;
        return ((shape.KeySize + 4) * 2 * largestScore + 110) * Close.Rounding;
    }

    private static void EachCase(Action<AttentionShape, int, Tensor, Tensor, Tensor, double[,,]> check)
    {
        var samples = new Samples();
        foreach (var shape in Shapes)
            foreach (var (first, rows) in Places)
            {
                var q = samples.Uniform(new Shape(rows, shape.Heads * shape.KeySize));
                var k = samples.Uniform(new Shape(first + rows, shape.KeyHeads * shape.KeySize));
                var v = samples.Uniform(new Shape(first + rows, shape.KeyHeads * shape.ValueSize));
                check(shape, first, q, k, v, AttentionReference.Pattern(Samples.Doubles(q), Samples.Doubles(k), first, shape));
            }
    }
}
