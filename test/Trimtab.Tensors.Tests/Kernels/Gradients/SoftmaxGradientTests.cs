using Trimtab.Tensors.Kernels.Reference;
using Trimtab.Tensors.Ops;
using Xunit;

namespace Trimtab.Tensors.Tests.Kernels.Gradients;

/// <summary>Gradients of softmax, soft-capping and cross-entropy.</summary>
public sealed class SoftmaxGradientTests
{
    // Around the blocks of 4096 that a vocabulary is read in.
    private static readonly int[] Vocabularies = [1, 2, 7, 33, 131, 4095, 4097, 9000];

    [Fact]
    public void Softmax_gradient_equals_the_reference()
    {
        var samples = new Samples();
        foreach (int size in Samples.OddSizes)
        {
            var (y, dy) = (samples.Uniform(new Shape(3, size), 4).Softmax(), samples.Uniform(new Shape(3, size)));
            var dx = dy.SoftmaxGradient(y);
            for (int row = 0; row < 3; row++)
            {
                var weights = y.Row(row).ToArray();
                // The mean of values up to 1 has one rounding for each; then a difference up to 2 and a product.
                Close.Equal(SoftmaxGradientReference.Softmax(Samples.Doubles(weights), Samples.Doubles(dy.Row(row))), dx.Row(row), i => weights[i] * (size + 6) * Close.Rounding, $"size {size}");
            }
            dy.Backend.SoftmaxGradient(y, dy, dy);
            Close.Identical(dx, dy, "in place");
        }
    }

    [Fact]
    public void Soft_cap_gradient_equals_the_reference()
    {
        var samples = new Samples();
        foreach (int size in Samples.OddSizes)
            foreach (float cap in (float[])[0.5f, 30])
            {
                var (y, dy) = (samples.Uniform(new Shape(2, size), 2 * cap).SoftCap(cap), samples.Uniform(new Shape(2, size)));
                var dx = dy.SoftCapGradient(y, cap);
                for (int row = 0; row < 2; row++)
                    for (int i = 0; i < size; i++)
                        // The share y / cap has two roundings of at most 1, each of the factors 1 ± share (up to 2) and the products one more.
                        Close.Equal(SoftmaxGradientReference.SoftCap(y.Row(row)[i], cap, dy.Row(row)[i]), dx.Row(row)[i], 10 * Close.Rounding, $"cap {cap}");
            }
    }

    [Fact]
    public void Cross_entropy_and_its_gradient_equal_the_reference()
    {
        var samples = new Samples();
        foreach (int size in Vocabularies)
            foreach (float scale in (float[])[0.1f, 5, 100])
            {
                var logits = samples.Uniform(new Shape(4, size), scale);
                int[] targets = [samples.Below(size), -1, 0, size - 1];
                var (losses, gradient) = (Tensor.Zeros(new Shape(4)), Tensor.Zeros(logits.Shape));
                gradient.Values.Fill(float.NaN);
                logits.Backend.CrossEntropy(logits, targets, 0.25f, losses, gradient);
                for (int row = 0; row < 4; row++)
                {
                    if (targets[row] < 0)
                    {
                        Assert.Equal(0, losses.Values[row]);
                        Assert.All(gradient.Row(row).ToArray(), value => Assert.Equal(0, value));
                        continue;
                    }
                    var values = Samples.Doubles(logits.Row(row));
                    // The terms of the sum are off by the rounding of logit − largest, up to 104 before the exponential is nothing, and by those of the sum of a block.
                    double share = (Math.Min(size, 4096) + 4 + Math.Min(2 * scale, 104)) * Close.Rounding;
                    double loss = SoftmaxGradientReference.CrossEntropy(values, targets[row]);
                    Close.Equal(loss, losses.Values[row], share + loss * Close.Rounding, $"loss, {size} logits up to {scale}");
                    Close.Equal(Array.ConvertAll(SoftmaxGradientReference.CrossEntropyGradient(values, targets[row]), v => v / 4), gradient.Row(row), _ => (share + 4 * Close.Rounding) / 4, $"gradient, {size} logits up to {scale}");
                }
                var alone = Tensor.Zeros(new Shape(4));
                logits.Backend.CrossEntropy(logits, targets, 1, alone, null);
                Close.Identical(losses, alone, "losses without gradient");
                logits.Backend.CrossEntropy(logits, targets, 0.25f, losses, logits);
                Close.Identical(gradient, logits, "in place");
            }
    }

    [Fact]
    public void Twins_are_slopes()
    {
        var samples = new Samples();
        var (x, dy) = (Samples.Doubles(samples.Uniform(new Shape(6)).Values), Samples.Doubles(samples.Uniform(new Shape(6)).Values));
        CentralDifference.Confirms(x, SoftmaxGradientReference.Softmax(SoftmaxReference.Softmax(x), dy), () => CentralDifference.Weighted(dy, SoftmaxReference.Softmax(x)), "softmax");
        CentralDifference.Confirms(x, SoftmaxGradientReference.CrossEntropyGradient(x, 4), () => SoftmaxGradientReference.CrossEntropy(x, 4), "cross-entropy");
        for (int i = 0; i < x.Length; i++)
        {
            double[] value = [x[i]], slope = [SoftmaxGradientReference.SoftCap(SoftmaxReference.SoftCap(x[i], 0.7), 0.7, 1)];
            CentralDifference.Confirms(value, slope, () => SoftmaxReference.SoftCap(value[0], 0.7), "soft-cap");
        }
    }

    [Fact]
    public void Mean_loss_counts_the_rows_that_are_not_masked()
    {
        var logits = Tensor.From([0, 0, 0, 1, 2, 3, 5, 5, 5], 3, 3);
        var gradient = Tensor.Zeros(logits.Shape);
        double loss = logits.CrossEntropy([1, -1, 0], gradient);
        // Both rows that count are even: log 3 each, and a third less 1 at the target, halved by the mean.
        Assert.Equal(Math.Log(3), loss, 1e-6);
        Close.Equal([1 / 6.0, -1 / 3.0, 1 / 6.0, 0, 0, 0, -1 / 3.0, 1 / 6.0, 1 / 6.0], gradient.Values, _ => 4 * Close.Rounding, "gradient");
        Assert.Equal(0, logits.CrossEntropy([-1, -1, -1], gradient));
        Assert.All(gradient.Values.ToArray(), value => Assert.Equal(0, value));
    }

    [Fact]
    public void Misfits_name_the_operation_and_the_sizes()
    {
        var x = Tensor.Zeros(new Shape(3, 4));
        using var weight = CpuBackend.Shared.Pack(Tensor.Zeros(new Shape(5, 4)));
        foreach (var (action, words) in ((Action, string[])[])
            [
                (() => x.CrossEntropy([0, 1]), ["CrossEntropy", "2 targets", "[3, 4] F32"]),
                (() => x.CrossEntropy([0, 4, 1]), ["CrossEntropy", "target 4", "4 logits"]),
                (() => x.CrossEntropy([0, -2, 1]), ["CrossEntropy", "target -2"]),
                (() => x.MatMulInputGradient(weight), ["MatMulInputGradient", "[3, 4] F32", "[5, 4]"]),
                (() => x.AddMatMulWeightGradient(x, x), ["MatMulWeightGradient", "[4, 4]"]),
                (() => x.SoftmaxGradient(x.Reshape(new Shape(4, 3))), ["SoftmaxGradient", "[4, 3] F32"]),
                (() => x.RmsNormGradient(x, Tensor.Zeros(new Shape(3)), 0), ["RmsNormGradient", "[3] F32"]),
                (() => x.LayerNormGradient(x, Tensor.Zeros(new Shape(4)), 0, dbias: Tensor.Zeros(new Shape(3))), ["LayerNormGradient", "[3] F32"]),
                (() => x.AddGatherGradient([0, 3, 1], x), ["GatherGradient", "id 3"]),
                (() => x.AttentionGradient(x, x, x, 1, new AttentionShape(1, 1, 4, 4, 1)), ["AttentionGradient", "3 queries from position 1", "3 keys"]),
                (() => x.AttentionGradient(x, x, x, 0, new AttentionShape(2, 1, 4, 4, 1)), ["AttentionGradient", "sizes differ"]),
            ])
        {
            string message = Assert.Throws<TensorException>(action).Message;
            Assert.All(words, word => Assert.Contains(word, message, StringComparison.Ordinal));
        }
    }
}
