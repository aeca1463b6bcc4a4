using Trimtab.Tensors.Autograd;
using Trimtab.Tensors.Ops;
using Trimtab.Tensors.Storage;
using Trimtab.Tensors.Tests.Kernels;
using Xunit;

namespace Trimtab.Tensors.Tests.Autograd;

/// <summary>Gradients of operations as the graph puts them together, against central differences of the computation.</summary>
public sealed class NodeTests
{
    private const int Rows = 6, Columns = 8;

    public static TheoryData<string> Operations => [.. Computations.Keys];

    private static Dictionary<string, Func<Workspace, Tensor[], Tensor>> Computations { get; } = new()
    {
        ["product"] = (_, x) => x[0].MatMul(x[1].Reshape(new Shape(Rows, Columns)), bias: null),
        ["product with bias"] = (_, x) => x[0].MatMul(x[1], x[2].TakeColumns(0, Rows).Reshape(new Shape(Rows))),
        ["untransposed product"] = (_, x) => x[0].Reshape(new Shape(Columns, Rows)).MatMulUntransposed(x[1], x[2]),
        ["frozen product"] = (_, x) => x[0].MatMul(CpuBackend.Shared.Pack(Constant), bias: null),
        ["root-mean-square norm"] = (_, x) => x[0].RmsNorm(x[2], 1e-5f),
        ["norm by heads"] = (_, x) => x[0].RmsNorm(x[2].Slice(2, 4), 1e-5f),
        ["lengths of rows"] = (_, x) => x[1].ScaleRows(x[0].RowLength()),
        ["layer norm"] = (_, x) => x[0].LayerNorm(x[2], x[3], 1e-5f),
        ["sum with itself"] = (_, x) => x[0].Add(x[0]).Add(x[1]).Add(3),
        ["product with itself"] = (_, x) => x[0].Multiply(x[0]).Multiply(x[1]),
        ["scale"] = (_, x) => x[0].Scale(-1.5f),
        // No value lies within a difference's step of a bound.
        ["clamp"] = (_, x) => x[0].Clamp(-0.6f, 0.49f).Multiply(x[1]),
        ["activation"] = (_, x) => x[0].Activate(Activation.GeluTanh),
        ["gate"] = (_, x) => x[0].Gate(x[1], Activation.Silu),
        ["soft-cap"] = (_, x) => x[0].SoftCap(0.7f),
        ["softmax"] = (_, x) => x[0].Softmax(),
        ["projection removed"] = (_, x) => x[0].AddOuter(x[2], x[0].RowDot(x[2]).Scale(-1)),
        ["direction added"] = (_, x) => x[0].AddScaled(x[2], 0.7f),
        ["gather"] = (w, x) => RowOps.Gather(w, x[0], [3, 0, 3, 5]),
        ["rows taken"] = (_, x) => x[0].TakeRows([1, 1, 4]),
        ["rows replaced"] = (_, x) => x[0].ReplaceRows([2, 5], x[1].Slice(0, 2)),
        ["columns"] = (_, x) => x[0].TakeColumns(3, 4).JoinColumns(x[1].TakeColumns(0, 2)),
        ["rows scaled"] = (_, x) => x[0].ScaleRows(x[1].TakeColumns(0, 1)),
        ["copy"] = (_, x) => x[0].Copy(),
        ["slices"] = (_, x) => x[0].Multiply(x[1]).Slice(1, 3).Add(x[0].Slice(3, 3)),
        ["rotation"] = (_, x) => x[0].Scale(1).Rotate(4, 0, Angles(MathF.Cos), Angles(MathF.Sin), RotaryPairs.Halves),
        ["rotation behind a softmax"] = (_, x) => x[0].Softmax().Rotate(4, 2, Angles(MathF.Cos).TakeColumns(0, 1), Angles(MathF.Sin).TakeColumns(0, 1), RotaryPairs.Interleaved),
        ["attention"] = (_, x) => Attention(x[0], x[1].TakeColumns(0, 4), x[1].TakeColumns(4, 4)),
        ["attention with an edited pattern"] = (_, x) => EditedAttention(x[0], x[1].TakeColumns(0, 4), x[1].TakeColumns(4, 4), new AttentionShape(2, 1, 4, 4, 0.5f)),
        ["capped attention in a window with an edited pattern"] = (_, x) => EditedAttention(x[0], x[1].TakeColumns(0, 4), x[1].TakeColumns(4, 4), new AttentionShape(2, 1, 4, 4, 0.5f, SoftCap: 0.4f, Window: 2)),
    };

    private static Tensor Constant => new Samples(9).Uniform(new Shape(5, Columns));

    [Theory, MemberData(nameof(Operations))]
    public void Every_gradient_equals_the_central_difference(string operation)
    {
        Parameter[] parameters = [.. new[] { new Shape(Rows, Columns), new Shape(Rows, Columns), new Shape(Columns), new Shape(Columns) }
            .Select((shape, i) => new Parameter($"{i}", new Samples(i + 1).Uniform(shape)))];
        using var workspace = new Workspace();
        Tensor Run()
        {
            workspace.Reset();
            // Results lie beside their first operand, which must be in the workspace for the rest to be.
            return Computations[operation](workspace, [.. parameters.Select(parameter => parameter.Value)]);
        }
        var y = Run();
        var weights = new Samples(20).Uniform(y.Shape);
        y.Backward(weights);
        Assert.Contains(parameters, parameter => System.Numerics.Tensors.TensorPrimitives.SumOfSquares<float>(parameter.Gradient.Values) > 0);
        foreach (var parameter in parameters)
            for (int i = 0; i < parameter.Value.Count; i++)
                Assert.True(Math.Abs(Difference(parameter, i, () => Weighted(weights, Run())) - parameter.Gradient.Values[i]) < 2e-3,
                    $"{operation}: parameter {parameter.Name}[{i}] has gradient {parameter.Gradient.Values[i]}, central difference {Difference(parameter, i, () => Weighted(weights, Run()))}.");
    }

    [Fact]
    public void Nothing_is_noted_where_nothing_is_trained()
    {
        var x = new Samples().Uniform(new Shape(Rows, Columns));
        Assert.Null(x.Softmax().Multiply(x).Slice(0, 2).Reshape(new Shape(Columns, 2)).Node);
    }

    [Fact]
    public void Gradients_of_several_passes_add_up_until_they_are_cleared()
    {
        var x = new Parameter("x", Tensor.From([1, 2, 3]));
        x.Value.Scale(2).Backward(Tensor.From([1, 1, 1]));
        x.Value.Scale(3).Backward(Tensor.From([1, 0, 1]));
        Assert.Equal([5, 2, 5], x.Gradient.Values.ToArray());
        x.ClearGradient();
        Assert.Equal([0, 0, 0], x.Gradient.Values.ToArray());
    }

    [Fact]
    public void A_loss_sends_the_gradient_of_its_logits_back_and_reports_its_value()
    {
        var logits = new Parameter("logits", new Samples(3).Uniform(new Shape(3, 5)));
        double expected = logits.Value.Keep().CrossEntropy([4, -1, 0]) * 2 * 0.25;
        var loss = logits.Value.Scale(1).CrossEntropyLoss([4, -1, 0], 0.25f);
        Assert.Equal(expected, loss.Values[0], 1e-6);
        loss.Backward();
        var gradient = Tensor.Zeros(new Shape(3, 5));
        logits.Value.Keep().CrossEntropy([4, -1, 0], gradient);
        for (int i = 0; i < gradient.Count; i++)
            Assert.Equal(gradient.Values[i] * 0.5, logits.Gradient.Values[i], 1e-6);
    }

    [Fact]
    public void What_cannot_be_sent_back_says_why()
    {
        var x = Tensor.From([1, 2]);
        Assert.Contains("wants a gradient", Assert.Throws<TensorException>(() => x.Scale(2).Backward()).Message, StringComparison.Ordinal);
        Assert.Contains("several elements", Assert.Throws<TensorException>(() => new Parameter("x", x).Value.Scale(2).Backward()).Message, StringComparison.Ordinal);
        Assert.Contains("memory of their own", Assert.Throws<TensorException>(() => new Parameter("x", new Workspace().Allocate(new Shape(2)))).Message, StringComparison.Ordinal);
    }

    // With h = 1/64 the difference's own error is about h²/6 times a third derivative below 20, and 2⁻²⁴ · Σ|y| / h: less than a thousandth together.
    private static double Difference(Parameter parameter, int index, Func<double> value)
    {
        const float H = 1f / 64;
        ref float x = ref parameter.Value.Values[index];
        float before = x;
        x = before + H;
        double above = value();
        x = before - H;
        double below = value();
        x = before;
        return (above - below) / (2 * H);
    }

    private static double Weighted(Tensor weights, Tensor y)
    {
        double sum = 0;
        for (int i = 0; i < y.Count; i++)
            sum += (double)weights.Values[i] * y.Values[i];
        return sum;
    }

    private static Tensor Angles(Func<float, float> function)
    {
        var angles = Tensor.Zeros(new Shape(Rows, 2));
        for (int i = 0; i < angles.Count; i++)
            angles.Values[i] = function(0.37f * i);
        return angles;
    }

    // Two sequences of two and four tokens, two query heads on one key head.
    private static Tensor Attention(Tensor q, Tensor k, Tensor v)
    {
        var shape = new AttentionShape(2, 1, 4, 4, 0.5f);
        var y = q.NewLike(new Shape(Rows, 8));
        using var memory = new KeyValueBlocks();
        foreach (var (first, count) in ((int, int)[])[(0, 2), (2, 4)])
        {
            memory.Write(0, k.Slice(first, count), v.Slice(first, count), shape);
            q.Backend.Attention(q.Slice(first, count), memory, 0, shape, y.Slice(first, count));
        }
        return y.AsAttentionOf(q, k, v, [0..2, 2..6], shape);
    }

    // Each probability is squared on its way from the scores to the mix.
    private static Tensor EditedAttention(Tensor q, Tensor k, Tensor v, AttentionShape shape)
    {
        Range[] sequences = [0..2, 2..6];
        var pattern = q.NewLike(new Shape(Rows, 2, 4));
        pattern.Values.Clear();
        using var memory = new KeyValueBlocks();
        void InTurn(Action<int, int> compute)
        {
            foreach (var rows in sequences)
            {
                var (first, count) = rows.GetOffsetAndLength(Rows);
                memory.Write(0, k.Slice(first, count), v.Slice(first, count), shape);
                compute(first, count);
            }
        }
        InTurn((first, count) => q.Backend.AttentionPattern(q.Slice(first, count), memory, 0, shape, pattern.Slice(first, count)));
        var seen = pattern.Reshape(new Shape(Rows, 8)).AsPatternOf(q, k, sequences, shape);
        var edited = seen.Multiply(seen);
        var y = q.NewLike(new Shape(Rows, 8));
        InTurn((first, count) => q.Backend.AttentionMix(edited.Reshape(pattern.Shape).Slice(first, count), memory, 0, shape, y.Slice(first, count)));
        return y.AsMixOf(edited, v, sequences, shape);
    }
}
