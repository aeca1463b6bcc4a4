using System.Runtime.InteropServices;
using Trimtab.Tensors.Kernels.Panels;
using Xunit;

namespace Trimtab.Tensors.Tests.Kernels.Panels;

public sealed class SuperBlockRowsTests
{
    [Fact]
    public void Codes_times_their_groups_scale_are_within_half_a_step()
    {
        var samples = new Samples();
        foreach (float size in (float[])[1e-30f, 1e-3f, 1, 3e4f, 1e37f])
        {
            float[] row = samples.Uniform(new Shape(768), size).Values.ToArray();
            // The quotient is rounded twice, each time by at most 127 · 2⁻²⁴ of a step.
            var (values, scales) = Decode(row);
            for (int i = 0; i < row.Length; i++)
                Assert.True(Math.Abs(values[i] - row[i]) <= scales[i / 32] * (0.5 + 2 * 127 * Close.Rounding), $"{row[i]:R} became {values[i]:R} with scale {scales[i / 32]:R}");
        }
    }

    [Fact]
    public void An_outlier_coarsens_its_own_group_alone()
    {
        float[] row = new Samples().Uniform(new Shape(256)).Values.ToArray();
        var before = Decode(row);
        row[70] = 1000;
        var after = Decode(row);
        Assert.Equal(before.Values[..64], after.Values[..64]);
        Assert.Equal(before.Values[96..], after.Values[96..]);
        Assert.Equal(1000, after.Values[70], 1e-4);
        Assert.Equal(0, after.Values[71]);
    }

    [Fact]
    public void Sums_are_those_of_the_codes()
    {
        float[] row = new Samples().Uniform(new Shape(512)).Values.ToArray();
        byte[] form = Prepare(row);
        for (int block = 0; block < 2; block++)
        {
            var bytes = form.AsSpan(block * SuperBlockRows.BlockBytes, SuperBlockRows.BlockBytes);
            int[] codes = [.. MemoryMarshal.Cast<byte, sbyte>(bytes[..256]).ToArray().Select(c => (int)c)];
            var scales = MemoryMarshal.Cast<byte, float>(bytes[SuperBlockRows.Scales..]);
            var sums = MemoryMarshal.Cast<byte, float>(bytes[SuperBlockRows.Sums..]);
            var halves = MemoryMarshal.Cast<byte, short>(bytes[SuperBlockRows.HalfSums..]);
            for (int run = 0; run < 16; run++)
                Assert.Equal(codes[(16 * run)..(16 * run + 16)].Sum(), halves[run]);
            for (int group = 0; group < 8; group++)
                Assert.Equal(scales[group] * codes[(32 * group)..(32 * group + 32)].Sum(), sums[group]);
        }
    }

    [Fact]
    public void Zeros_and_values_too_small_for_a_scale_become_zeros()
    {
        float[] row = new float[256];
        (row[40], row[100], row[101]) = (float.Epsilon, 1e-37f, -1e-37f);
        Assert.All(Decode(row).Values, v => Assert.Equal(0, v));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_value_that_is_not_finite_makes_its_groups_scale_not_finite(float bad)
    {
        float[] row = new Samples().Uniform(new Shape(256)).Values.ToArray();
        row[33] = bad;
        var scales = Decode(row).Scales;
        Assert.False(float.IsFinite(scales[1]));
        Assert.All(scales.Where((_, i) => i != 1), s => Assert.True(float.IsFinite(s)));
    }

    /// <summary>A row as its form holds it: scale · code, in double precision, and the scales.</summary>
    internal static (double[] Values, float[] Scales) Decode(ReadOnlySpan<float> row)
    {
        byte[] form = Prepare(row);
        var (values, scales) = (new double[row.Length], new float[row.Length / 32]);
        for (int i = 0; i < row.Length; i++)
        {
            var block = form.AsSpan(i / 256 * SuperBlockRows.BlockBytes, SuperBlockRows.BlockBytes);
            scales[i / 32] = MemoryMarshal.Cast<byte, float>(block[SuperBlockRows.Scales..])[i % 256 / 32];
            values[i] = (double)scales[i / 32] * (sbyte)block[i % 256];
        }
        return (values, scales);
    }

    private static unsafe byte[] Prepare(ReadOnlySpan<float> row)
    {
        byte[] form = new byte[SuperBlockRows.Shared.Bytes(row.Length)];
        fixed (float* source = row)
        fixed (byte* target = form)
            SuperBlockRows.Shared.Prepare(source, row.Length, target);
        return form;
    }
}
