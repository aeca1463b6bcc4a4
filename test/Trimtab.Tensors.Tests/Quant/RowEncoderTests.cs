using Trimtab.Tensors.Kernels.Quant;
using Xunit;

namespace Trimtab.Tensors.Tests.Quant;

public sealed class RowEncoderTests
{
    // Half of the spacing of halves: relative, and absolute below 2⁻¹⁴. Tiny weights meet the second one, since their scales are smaller still.
    private const float HalfPrecision = 1f / 2048, HalfUnderflow = 1f / (1 << 25);

    public static TheoryData<DType> BlockTypes => [DType.Q4_0, DType.Q4_1, DType.Q5_0, DType.Q5_1, DType.Q8_0, DType.Q4_K, DType.Q5_K, DType.Q6_K];

    public static TheoryData<DType> AllTypes => [DType.F32, DType.F64, DType.F16, DType.BF16, .. BlockTypes.Select(row => row.Data)];

    /// <summary>
    /// Half a step for values inside the grid. Symmetric grids reach one step less on the side opposite to the largest value: a whole step there. Where a
    /// half is stored, the scale and the minimum move by its precision.
    /// </summary>
    [Theory]
    [InlineData(DType.Q8_0, 127, 0.5f, true)]
    [InlineData(DType.Q4_0, 8, 1f, true)]
    [InlineData(DType.Q5_0, 16, 1f, true)]
    [InlineData(DType.Q4_1, 15, 0.5f, false)]
    [InlineData(DType.Q5_1, 31, 0.5f, false)]
    public void Every_element_of_a_small_block_is_within_its_step(DType type, int levels, float steps, bool symmetric)
    {
        foreach (float[] values in Rows(32))
        {
            float size = values.Max(MathF.Abs), range = values.Max() - values.Min();
            float step = (symmetric ? size : range) / levels;
            float bound = step * steps + (size + range) * HalfPrecision + (levels + 1) * HalfUnderflow;
            float[] decoded = RoundTrip(type, values);
            for (int i = 0; i < 32; i++)
                Assert.True(MathF.Abs(decoded[i] - values[i]) <= bound, $"{type}: {values[i]} became {decoded[i]}, bound {bound}");
        }
    }

    /// <summary>
    /// The search must not lose to the plain grid over each group's range, computed here in exact scales, by more than what the rounding of scales (and
    /// minima) to 6 or 8 bits of the super-block's largest costs: half a unit in 63 of every element's up to `levels` steps, or in 127 of 32.
    /// </summary>
    [Theory]
    [InlineData(DType.Q4_K, 32, 15, 63)]
    [InlineData(DType.Q5_K, 32, 31, 63)]
    [InlineData(DType.Q6_K, 16, 32, 127)]
    public void A_super_block_is_as_good_as_the_plain_grid_but_for_its_coarser_scales(DType type, int group, int levels, int scaleLevels)
    {
        foreach (float[] values in Rows(256))
        {
            float[] decoded = RoundTrip(type, values);
            float widest = values.Chunk(group).Max(g => type == DType.Q6_K ? g.Max(MathF.Abs) : g.Max() - Math.Min(0, g.Min()));
            double plain = Math.Sqrt(values.Chunk(group).Sum(g => PlainError(g, levels, type == DType.Q6_K)) / 256);
            double bound = plain + widest / scaleLevels * 0.5 * (type == DType.Q6_K ? 1 : 2) + widest * HalfPrecision + levels * scaleLevels * HalfUnderflow;
            Assert.True(Rms(values, decoded) <= bound, $"{type}: rms {Rms(values, decoded)}, bound {bound}, plain {plain}");
        }
    }

    /// <summary>On normally distributed weights the whole-tensor error is known: more bits, less error, in this order, each close to half per bit.</summary>
    [Theory]
    [InlineData(DType.Q4_0, 0.075, 0.105)]
    [InlineData(DType.Q4_1, 0.065, 0.095)]
    [InlineData(DType.Q4_K, 0.060, 0.085)]
    [InlineData(DType.Q5_0, 0.037, 0.052)]
    [InlineData(DType.Q5_1, 0.031, 0.046)]
    [InlineData(DType.Q5_K, 0.030, 0.043)]
    [InlineData(DType.Q6_K, 0.014, 0.022)]
    [InlineData(DType.Q8_0, 0.004, 0.007)]
    public void Normal_weights_have_the_error_that_the_bits_allow(DType type, double least, double most)
    {
        var random = new Random(3);
        float[] values = [.. Enumerable.Range(0, 256 * 64).Select(_ => Normal(random))];
        Assert.InRange(Rms(values, RoundTrip(type, values)), least, most);
    }

    [Theory]
    [MemberData(nameof(BlockTypes))]
    public void Vectors_give_the_bytes_of_one_value_at_a_time(DType type)
    {
        float[][] odd = [new float[256], [.. Enumerable.Repeat(-0f, 256)], [.. Enumerable.Repeat(-3f, 256)], [.. Enumerable.Range(0, 256).Select(i => i % 2 == 0 ? 1f : -1f)],
            [.. Enumerable.Range(0, 256).Select(i => i * 1e-9f)], [.. Enumerable.Range(0, 256).Select(i => i % 7 * 1e-40f)], [.. Enumerable.Range(0, 256).Select(i => i % 64 == 5 ? 60000f : 1e-3f)]];
        foreach (float[] values in Rows(256).Concat(odd))
            Assert.Equal(PlainEncoder.Encode(type, values), Encode(type, values));
    }

    [Fact]
    public void Brain_floats_are_rounded_alike_alone_and_in_rows_of_any_length()
    {
        var random = new Random(4);
        float[] values = [.. Enumerable.Range(0, 999).Select(_ => BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue))), float.NaN, float.PositiveInfinity, -0f, 3e38f];
        ushort[] expected = [.. values.Select(BrainFloat.Encode)];
        foreach (int count in (int[])[0, 1, 15, 16, 17, values.Length])
        {
            ushort[] codes = new ushort[count];
            BrainFloat.Encode(values.AsSpan(0, count), codes);
            Assert.Equal(expected[..count], codes);
        }
    }

    [Theory]
    [MemberData(nameof(AllTypes))]
    public void Zeros_stay_zero_and_encoding_twice_changes_nothing(DType type)
    {
        Assert.All(RoundTrip(type, new float[512]), value => Assert.Equal(0f, value));
        byte[] first = Encode(type, Rows(512).First()), second = Encode(type, Rows(512).First());
        Assert.Equal(first, second);
    }

    [Theory]
    [MemberData(nameof(BlockTypes))]
    public void Constant_rows_and_rows_of_one_spike_keep_their_value(DType type)
    {
        // At 0.01 the halves that hold the K types' scales of scales are already subnormal, and still good to 2 %.
        foreach (float value in (float[])[1f, -1f, 1e-2f, -3000f])
        {
            Assert.All(RoundTrip(type, [.. Enumerable.Repeat(value, 256)]), v => Assert.InRange(v / value, 0.98f, 1.02f));
            float[] spike = new float[256];
            spike[77] = value;
            float[] decoded = RoundTrip(type, spike);
            Assert.InRange(decoded[77] / value, 0.98f, 1.02f);
            Assert.Equal(0f, decoded[200]);
        }
    }

    [Theory]
    [MemberData(nameof(BlockTypes))]
    public void Values_that_no_scale_can_hold_are_refused(DType type)
    {
        foreach (float bad in (float[])[float.NaN, float.PositiveInfinity, float.NegativeInfinity, 1e6f])
        {
            float[] values = new float[256];
            values[9] = bad;
            Assert.Contains("at 9", Assert.Throws<TensorException>(() => Encode(type, values)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Halves_and_brain_floats_round_to_even_and_refuse_overflow()
    {
        Assert.Equal([1f, 1f + 2f / 1024, float.PositiveInfinity], RoundTrip(DType.F16, [1f + 1f / 2048, 1f + 3f / 2048, float.PositiveInfinity]));
        Assert.Equal([1f, 1f + 2f / 128], RoundTrip(DType.BF16, [1f + 1f / 256, 1f + 3f / 256]));
        Assert.True(float.IsNaN(RoundTrip(DType.BF16, [float.NaN])[0]));
        Assert.Throws<TensorException>(() => Encode(DType.F16, [70000f]));
        Assert.Throws<TensorException>(() => Encode(DType.BF16, [float.MaxValue]));
        Assert.Throws<TensorException>(() => Encode(DType.I32, [1f]));
        Assert.Throws<TensorException>(() => RowEncoder.Encode(DType.Q8_0, new float[32], new byte[33]));
        Assert.Throws<TensorException>(() => RowEncoder.Encode(DType.Q8_0, new float[31], new byte[34]));
    }

    [Fact]
    public void A_tensor_is_quantised_row_by_row()
    {
        var tensor = Tensor.From([.. Enumerable.Range(0, 4 * 256).Select(i => MathF.Sin(i))], 4, 256);
        var quantised = RowEncoder.Quantise(tensor, DType.Q6_K);
        Assert.Equal((DType.Q6_K, "[4, 256]"), (quantised.DType, quantised.Shape.ToString()));
        Assert.Equal(Encode(DType.Q6_K, tensor.Row(3).ToArray()), quantised.RowBytes(3).ToArray());
        var back = RowEncoder.Quantise(quantised, DType.F32);
        Assert.InRange(Rms(tensor.Values.ToArray(), back.Values.ToArray()), 1e-4, 0.02);
        Assert.Throws<TensorException>(() => RowEncoder.Quantise(Tensor.Zeros(new Shape(2, 48)), DType.Q8_0));
        tensor.Values[5] = float.NaN;
        Assert.Contains("Quantise", Assert.Throws<TensorException>(() => RowEncoder.Quantise(tensor, DType.Q8_0)).Message, StringComparison.Ordinal);
    }

    private static byte[] Encode(DType type, float[] values)
    {
        byte[] bytes = new byte[type.ByteCount(values.Length)];
        RowEncoder.Encode(type, values, bytes);
        return bytes;
    }

    private static float[] RoundTrip(DType type, float[] values)
    {
        float[] decoded = new float[values.Length];
        RowDecoder.Decode(type, Encode(type, values), decoded);
        return decoded;
    }

    private static double PlainError(float[] values, int levels, bool symmetric)
    {
        float low = symmetric ? 0 : Math.Min(0, values.Min());
        float step = symmetric ? values.Max(MathF.Abs) / levels : (values.Max() - low) / levels;
        if (step == 0)
            return 0;
        return values.Sum(v =>
        {
            double q = Math.Clamp(Math.Round((v - low) / step), symmetric ? -levels : 0, levels);
            return Math.Pow(q * step + low - v, 2);
        });
    }

    private static double Rms(float[] expected, float[] actual) => Math.Sqrt(expected.Zip(actual, (a, b) => Math.Pow(a - b, 2)).Average());

    private static float Normal(Random random) =>
        (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));

    // Normal, one-sided, shifted, heavy-tailed, nearly constant and of several sizes.
    private static IEnumerable<float[]> Rows(int count)
    {
        var random = new Random(17);
        for (int round = 0; round < 60; round++)
        {
            float size = MathF.Pow(10, round % 7 - 4);
            yield return [.. Enumerable.Range(0, count).Select(i => size * (round % 6) switch
            {
                0 => Normal(random),
                1 => MathF.Abs(Normal(random)),
                2 => Normal(random) + 3,
                3 => Normal(random) - 3,
                4 => MathF.Pow(Normal(random), 3),
                _ => 1 + Normal(random) * 0.01f,
            })];
        }
    }
}
