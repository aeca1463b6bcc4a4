using System.Runtime.Intrinsics;
using Trimtab.Tensors.Kernels.Cpu;
using Trimtab.Tensors.Kernels.Reference;
using Trimtab.Tensors.Ops;
using Xunit;

namespace Trimtab.Tensors.Tests.Kernels;

/// <summary>Norms, softmax, activations and rotation, against their reference twins.</summary>
public sealed class RowKernelTests
{
    public static TheoryData<Activation> Activations => [.. Enum.GetValues<Activation>()];

    [Fact]
    public void Rms_norm_equals_the_reference()
    {
        var samples = new Samples();
        foreach (int size in Samples.OddSizes)
            foreach (float scale in (float[])[1e-3f, 1, 100])
            {
                var (x, weight) = (samples.Uniform(new Shape(3, size), scale), samples.Uniform(new Shape(size), 2));
                var y = x.RmsNorm(weight, 1e-5f);
                for (int row = 0; row < 3; row++)
                {
                    var expected = NormReference.Rms(Samples.Doubles(x.Row(row)), Samples.Doubles(weight.Values), 1e-5f);
                    // The mean square is a sum of positive terms (size roundings at worst, halved by the root), then four roundings.
                    Close.Equal(expected, y.Row(row), i => (size / 2.0 + 6) * Close.Rounding * Math.Abs(expected[i]), $"size {size}, scale {scale}");
                }
            }
    }

    [Fact]
    public void Rms_norm_of_heads_norms_each_alone()
    {
        var samples = new Samples();
        var (x, weight) = (samples.Uniform(new Shape(5, 4 * 33)), samples.Uniform(new Shape(33)));
        Close.Identical(x.Reshape(new Shape(20, 33)).RmsNorm(weight, 1e-6f), x.RmsNorm(weight, 1e-6f), "heads");
    }

    [Fact]
    public void Layer_norm_equals_the_reference()
    {
        var samples = new Samples();
        foreach (int size in Samples.OddSizes)
            foreach (float shift in (float[])[0, 10])
            {
                var (x, weight, bias) = (samples.Uniform(new Shape(3, size)), samples.Uniform(new Shape(size), 2), samples.Uniform(new Shape(size)));
                foreach (ref float value in x.Values)
                    value += shift;
                var (with, without) = (x.LayerNorm(weight, bias, 1e-5f), x.LayerNorm(weight, null, 1e-5f));
                for (int row = 0; row < 3; row++)
                {
                    var (dx, dw) = (Samples.Doubles(x.Row(row)), Samples.Doubles(weight.Values));
                    // Taking off a mean of 10 leaves its roundings (10 · 2⁻²⁴, some times over) on values of about 1, divided by a deviation of 0.003 at least.
                    double tolerance = (size + 8) * Close.Rounding * (1 + shift) * (size < 4 ? 700 : 8);
                    Close.Equal(NormReference.Layer(dx, dw, Samples.Doubles(bias.Values), 1e-5f), with.Row(row), _ => tolerance, $"size {size}, shift {shift}");
                    Close.Equal(NormReference.Layer(dx, dw, null, 1e-5f), without.Row(row), _ => tolerance, $"size {size}, shift {shift}, no bias");
                }
            }
    }

    [Fact]
    public void Softmax_equals_the_reference_also_where_exponents_are_large()
    {
        var samples = new Samples();
        foreach (int size in Samples.OddSizes)
            foreach (float scale in (float[])[0.1f, 1, 30, 300, 1e5f])
            {
                var x = samples.Uniform(new Shape(3, size), scale);
                var y = x.Softmax();
                for (int row = 0; row < 3; row++)
                    // Differences of up to 2·scale are rounded once before the exponential, which magnifies that by their size; e^−104 is nothing in single precision.
                    Close.Equal(SoftmaxReference.Softmax(Samples.Doubles(x.Row(row))), y.Row(row),
                        _ => (size + 4 + Math.Min(2 * scale, 104)) * Close.Rounding, $"size {size}, scale {scale}");
            }
    }

    [Fact]
    public void Softmax_leaves_out_what_is_minus_infinity()
    {
        var y = Tensor.From([float.NegativeInfinity, 3, float.NegativeInfinity, 3], 1, 4).Softmax();
        Assert.Equal([0, 0.5f, 0, 0.5f], y.Values.ToArray());
    }

    [Theory, MemberData(nameof(Activations))]
    public void Activation_equals_the_reference(Activation activation)
    {
        var samples = new Samples();
        foreach (int size in Samples.OddSizes)
            foreach (float scale in (float[])[0.01f, 1, 10, 100, 1e4f])
            {
                var x = samples.Uniform(new Shape(2, size), scale);
                var y = x.Activate(activation);
                for (int row = 0; row < 2; row++)
                {
                    var expected = Array.ConvertAll(Samples.Doubles(x.Row(row)), v => ActivationReference.Apply(v, activation));
                    var input = x.Row(row).ToArray();
                    // A few roundings of x · share; where the share is tiny, 1 + tanh cancels and leaves roundings of 1.
                    Close.Equal(expected, y.Row(row), i => 16 * Close.Rounding * Math.Max(1e-2, Math.Abs(activation == Activation.Sigmoid ? 1 : input[i])), $"{activation}, scale {scale}");
                }
            }
    }

    [Theory, MemberData(nameof(Activations))]
    public void Activation_stays_finite_on_extreme_values(Activation activation)
    {
        float[] extreme = [0, -0f, 1e-30f, -1e-30f, 88, -88, 104, -104, 1e10f, -1e10f, 1e19f, -1e19f];
        var y = Tensor.From(extreme, 1, extreme.Length).Activate(activation);
        for (int i = 0; i < extreme.Length; i++)
            Close.Equal(ActivationReference.Apply(extreme[i], activation), y.Values[i], 1e-6 * Math.Max(1, Math.Abs(extreme[i])), $"{activation}({extreme[i]})");
    }

    [Fact]
    public void Complementary_error_function_equals_its_integral()
    {
        for (float x = 0; x <= 9; x += 0.0371f)
        {
            double expected = ActivationReference.Erfc(x, steps: 16_000);
            // The fit is good to 1.2e-7 of the value; the exponent x² + 1.3 is rounded twice, the polynomial, the exponential and the product some times more.
            double relative = 1.2e-7 + (2 * x * x + 12) * Close.Rounding;
            Close.Equal(expected, VectorFunctions.ErfcOfPositive(Vector256.Create(x))[3], relative * expected, $"erfc({x})");
        }
    }

    [Fact]
    public void Exponential_equals_its_definition_over_its_whole_range()
    {
        for (float x = -104; x <= 88.7f; x += 0.00917f)
        {
            double expected = Math.Exp(x);
            // Two units in the last place, or the spacing of the numbers too small for all their digits.
            Close.Equal(expected, VectorFunctions.Exp(Vector256.Create(x))[0], Math.Max(4 * Close.Rounding * expected, float.Epsilon), $"exp({x})");
        }
        var ends = VectorFunctions.Exp(Vector256.Create(0, -0f, float.NegativeInfinity, -1000, float.PositiveInfinity, 1000, float.NaN, 89));
        Assert.Equal(Vector256.Create(1, 1, 0, 0, float.PositiveInfinity, float.PositiveInfinity, float.NaN, float.PositiveInfinity), ends);
    }

    [Fact]
    public void Hyperbolic_tangent_equals_its_definition()
    {
        for (float x = -12; x <= 12; x += 0.00131f)
            // Three units in the last place: the largest error is where the polynomial gives way to the exponential.
            Close.Equal(Math.Tanh(x), VectorFunctions.Tanh(Vector256.Create(x))[7], 6 * Close.Rounding * Math.Abs(Math.Tanh(x)), $"tanh({x})");
        Assert.Equal([1, -1, 0], new[] { float.PositiveInfinity, -1e30f, 0 }.Select(x => VectorFunctions.Tanh(Vector256.Create(x))[0]));
    }

    [Fact]
    public void Gate_is_the_product_of_activation_and_up()
    {
        var samples = new Samples();
        var (gate, up) = (samples.Uniform(new Shape(3, 131), 3), samples.Uniform(new Shape(3, 131)));
        foreach (var activation in Enum.GetValues<Activation>())
            Close.Identical(gate.Activate(activation).Multiply(up), gate.Gate(up, activation), $"{activation}");
    }

    [Theory, InlineData(RotaryPairs.Halves), InlineData(RotaryPairs.Interleaved)]
    public void Rotation_equals_the_reference_and_leaves_the_rest_alone(RotaryPairs pairs)
    {
        var samples = new Samples();
        foreach (var (headSize, offset, pairCount) in ((int, int, int)[])[(2, 0, 1), (6, 0, 3), (64, 0, 32), (100, 0, 25), (40, 24, 8), (7, 1, 3), (130, 2, 64)])
        {
            const int Rows = 3, Heads = 5;
            var x = samples.Uniform(new Shape(Rows, Heads * headSize));
            var (cos, sin) = (samples.Uniform(new Shape(Rows, pairCount)), samples.Uniform(new Shape(Rows, pairCount)));
            var y = x.Copy();
            y.Backend.Rotate(y, headSize, offset, cos, sin, pairs);
            for (int row = 0; row < Rows; row++)
                for (int head = 0; head < Heads; head++)
                {
                    var expected = RotaryReference.Rotate(Samples.Doubles(x.Row(row).Slice(head * headSize, headSize)), offset,
                        Samples.Doubles(cos.Row(row)), Samples.Doubles(sin.Row(row)), pairs);
                    bool Turned(int i) => i >= offset && i < offset + 2 * pairCount;
                    // Two products of values up to 1 and their sum: three roundings. What is not turned is not touched.
                    Close.Equal(expected, y.Row(row).Slice(head * headSize, headSize), i => Turned(i) ? 3 * Close.Rounding : 0, $"{pairs}, head of {headSize}");
                }
        }
    }

    [Fact]
    public void Rows_do_not_depend_on_where_they_lie()
    {
        var samples = new Samples();
        foreach (int size in (int[])[65, 100, 131, 300, 1001])
        {
            var x = samples.Uniform(new Shape(4, size));
            var weight = samples.Uniform(new Shape(size));
            foreach (var (name, op) in ((string, Func<Tensor, Tensor>)[])
                [
                    ("rms", t => t.RmsNorm(weight, 1e-6f)), ("layer", t => t.LayerNorm(weight, weight, 1e-6f)), ("softmax", t => t.Softmax()),
                    ("silu", t => t.Activate(Activation.Silu)), ("gelu_tanh", t => t.Activate(Activation.GeluTanh)), ("cap", t => t.SoftCap(0.3f)), ("dot", t => t.RowDot(weight)),
                ])
            {
                var all = op(x);
                int width = (int)all.Count / 4;
                for (int row = 0; row < 4; row++)
                    Testing.Near.Identical(all.Values.Slice(row * width, width), op(Samples.Displaced(x.Slice(row, 1))).Values, $"{name}, size {size}, row {row}");
            }
        }
    }
}
