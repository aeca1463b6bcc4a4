using Trimtab.Tensors.Kernels.Emitted;
using Trimtab.Tensors.Kernels.Panels;
using Trimtab.Tensors.Kernels.Quant;
using Xunit;

namespace Trimtab.Tensors.Tests.Kernels.Emitted;

public sealed unsafe class RowFormTests
{
    [Theory, InlineData(1f), InlineData(1e30f), InlineData(1e-30f)]
    public void Byte_codes_are_off_by_half_a_scale_and_carry_their_corrections(float size)
    {
        var samples = new Samples();
        float[] row = [.. samples.Uniform(new Shape(1, 96), size).Values];
        byte[] prepared = Prepare(ByteRows.Instance, row);
        fixed (byte* target = prepared)
            for (int first = 0; first < 96; first += 32)
            {
                byte* block = target + first / 32 * ByteRows.BlockBytes;
                float scale = *(float*)(block + ByteRows.ScaleOffset), largest = row[first..(first + 32)].Max(MathF.Abs);
                int sum = 0;
                Assert.Equal(largest / 127, scale);
                for (int k = first; k < first + 32; k++)
                {
                    // Half a scale, and three roundings (of scale, its inverse and the quotient) of a value up to 127 scales.
                    Close.Equal(RowCodes.Byte(target, k), row[k], scale * (0.5 + 127 * 4 * Close.Rounding), $"value {k}");
                    sum += (sbyte)block[k - first];
                }
                Assert.Equal(-128 * sum, *(int*)(block + ByteRows.ByteCorrectionOffset));
                Assert.Equal(-8 * sum, *(int*)(block + ByteRows.NibbleCorrectionOffset));
            }
    }

    [Theory, InlineData(0f), InlineData(1e-40f), InlineData(7e-37f)]
    public void Blocks_too_small_to_matter_are_zeros(float size)
    {
        var row = new float[32];
        Array.Fill(row, size);
        Assert.All(Prepare(ByteRows.Instance, row).AsSpan(0, ByteRows.BlockBytes).ToArray(), b => Assert.Equal(0, b));
    }

    [Theory, InlineData(float.NaN), InlineData(float.PositiveInfinity), InlineData(float.NegativeInfinity)]
    public void A_block_that_is_not_finite_has_no_scale(float value)
    {
        for (int place = 0; place < 32; place++)
        {
            var row = new float[64];
            Array.Fill(row, 1);
            row[32 + place] = value;
            byte[] prepared = Prepare(ByteRows.Instance, row);
            Assert.Equal(1f / 127, BitConverter.ToSingle(prepared, ByteRows.ScaleOffset));
            Assert.True(float.IsNaN(BitConverter.ToSingle(prepared, ByteRows.BlockBytes + ByteRows.ScaleOffset)));
        }
    }

    [Fact]
    public void Brain_pairs_are_rounded_like_single_values()
    {
        var samples = new Samples();
        foreach (int inner in Samples.OddSizes)
        {
            float[] row = [.. samples.Uniform(new Shape(1, inner)).Values];
            // Ties to even of both kinds, overflow to infinity, a denormal, and what is no number.
            float[] special = [0x3F808000.Bits(), 0x3F818000.Bits(), float.MaxValue, 1e-40f, float.NaN, 0x7F800001.Bits(), float.NegativeInfinity, -0f];
            for (int i = 0; i < inner; i += 5)
                row[i] = special[i / 5 % special.Length];
            byte[] prepared = Prepare(BrainPairRows.Instance, row);
            for (int k = 0; k < inner; k++)
                Assert.Equal(BrainFloat.Encode(row[k]), BitConverter.ToUInt16(prepared, 2 * k));
            if (inner % 2 != 0)
                Assert.Equal(0, BitConverter.ToUInt16(prepared, 2 * inner));
        }
    }

    [Fact]
    public void Rows_lie_an_odd_number_of_cache_lines_apart()
    {
        foreach (var form in (RowForm[])[ByteRows.Instance, BrainPairRows.Instance])
            for (int inner = 32; inner <= 4096; inner += 32)
            {
                Assert.Equal(64, form.Bytes(inner) % 128);
                Assert.True(form.Bytes(inner) >= inner);
            }
    }

    private static byte[] Prepare(RowForm form, float[] row)
    {
        var prepared = new byte[form.Bytes(row.Length)];
        fixed (float* source = row)
        fixed (byte* target = prepared)
            form.Prepare(source, row.Length, target);
        return prepared;
    }
}

file static class BitPatterns
{
    public static float Bits(this int bits) => BitConverter.Int32BitsToSingle(bits);
}
