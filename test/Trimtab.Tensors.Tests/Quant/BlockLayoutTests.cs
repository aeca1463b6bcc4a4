using Trimtab.Tensors.Kernels.Quant;
using Xunit;

namespace Trimtab.Tensors.Tests.Quant;

/// <summary>
/// Decoders against blocks made by hand, and against decoders that walk the published ggml structures in their own order (pointers advancing over
/// runs), which is not how ours find an element.
/// </summary>
public sealed class BlockLayoutTests
{
    private static readonly byte[] One = [0x00, 0x3C], Two = [0x00, 0x40], Half = [0x00, 0x38];

    [Fact]
    public void Q8_0_is_a_half_scale_and_signed_bytes()
    {
        byte[] block = [.. Half, 1, 0xFF, 127, 0x80, .. new byte[28]];
        Assert.Equal([0.5f, -0.5f, 63.5f, -64f, 0f], Decode(DType.Q8_0, block)[..5]);
    }

    [Fact]
    public void Q4_0_has_the_second_half_in_the_high_nibbles()
    {
        byte[] block = [.. Two, 0xF0, 0x19, .. Enumerable.Repeat((byte)0x88, 14)];
        float[] values = Decode(DType.Q4_0, block);
        Assert.Equal((-16f, 2f, 14f, -14f, 0f), (values[0], values[1], values[16], values[17], values[2]));
    }

    [Fact]
    public void Q4_1_adds_its_minimum()
    {
        byte[] block = [.. Two, .. One, 0xF3, .. new byte[15]];
        float[] values = Decode(DType.Q4_1, block);
        Assert.Equal((7f, 31f, 1f), (values[0], values[16], values[1]));
    }

    [Fact]
    public void Q5_0_takes_fifth_bits_from_a_word_bit_i_for_element_i()
    {
        byte[] block = [.. One, 0b0000_0001, 0, 0b0000_0010, 0, 0x03, 0x40, .. new byte[14]];
        float[] values = Decode(DType.Q5_0, block);
        // Element 0: 16 + 3 − 16; element 17: 16 + 4 − 16; others −16.
        Assert.Equal((3f, -16f, 4f, -16f), (values[0], values[1], values[17], values[16]));
    }

    [Fact]
    public void Q5_1_has_fifth_bits_and_a_minimum()
    {
        byte[] block = [.. Two, .. One, 0, 0, 0, 0b1000_0000, .. new byte[15], 0x20];
        Assert.Equal((1f, 2f * 18 + 1), (Decode(DType.Q5_1, block)[0], Decode(DType.Q5_1, block)[31]));
    }

    [Fact]
    public void Q4_K_finds_the_six_bit_scales_of_low_and_high_groups()
    {
        // d = 1, dmin = 2. Group 1: scale 3 (byte 1), minimum 5 (byte 5). Group 6: scale 0b10_0111 (nibble in byte 10, upper bits in byte 2), minimum 0b01_1001.
        byte[] scales = new byte[12];
        (scales[1], scales[5]) = (3, 5);
        (scales[10], scales[2], scales[6]) = (0x97, 0b10_000000, 0b01_000000);
        byte[] quants = new byte[128];
        (quants[4], quants[96 + 7]) = (0xA0, 0x0B);
        float[] values = Decode(DType.Q4_K, [.. One, .. Two, .. scales, .. quants]);
        Assert.Equal((3f * 10 - 2 * 5, -10f), (values[32 + 4], values[32 + 5]));
        Assert.Equal((39f * 11 - 2 * 25, -50f), (values[192 + 7], values[192 + 8]));
        Assert.Equal(0f, values[0]);
    }

    [Fact]
    public void Q5_K_takes_the_fifth_bit_of_group_g_from_bit_g()
    {
        byte[] scales = new byte[12], fifth = new byte[32], quants = new byte[128];
        scales[3] = 2;
        fifth[9] = 0b1000;
        quants[32 + 9] = 0x10;
        float[] values = Decode(DType.Q5_K, [.. One, .. One, .. scales, .. fifth, .. quants]);
        Assert.Equal((2f * 17, 0f), (values[96 + 9], values[96 + 10]));
    }

    [Fact]
    public void Q6_K_has_signed_scales_per_sixteen_and_its_half_at_the_end()
    {
        byte[] low = new byte[128], high = new byte[64], scales = new byte[16];
        // Second half, third quarter (elements 128 + 64 …), element 20: low nibble bits in the high nibble of byte 64 + 20, upper bits 4–5 of byte 32 + 20.
        (low[64 + 20], high[32 + 20]) = (0x50, 0b11_0000);
        scales[8 + 5] = 0xFE;
        float[] values = Decode(DType.Q6_K, [.. low, .. high, .. scales, .. Half]);
        Assert.Equal((0.5f * -2 * (53 - 32), 0.5f * -2 * -32, 0f), (values[128 + 64 + 20], values[128 + 64 + 21], values[0]));
    }

    [Theory]
    [InlineData(DType.Q4_K, 144)]
    [InlineData(DType.Q5_K, 176)]
    [InlineData(DType.Q6_K, 210)]
    public void Random_super_blocks_decode_as_the_published_walk_does(DType type, int bytes)
    {
        var random = new Random(11);
        for (int round = 0; round < 200; round++)
        {
            byte[] block = new byte[bytes];
            random.NextBytes(block);
            // Scales of ordinary size: a random half may be infinite.
            if (type == DType.Q6_K)
                BitConverter.GetBytes((System.Half)random.NextSingle()).CopyTo(block, 208);
            else
                _ = (BitConverter.TryWriteBytes(block, (System.Half)random.NextSingle()), BitConverter.TryWriteBytes(block.AsSpan(2), (System.Half)random.NextSingle()));
            float[] expected = type switch { DType.Q4_K => WalkQ4(block), DType.Q5_K => WalkQ5(block), _ => WalkQ6(block) };
            Assert.Equal(expected, Decode(type, block));
        }
    }

    [Theory]
    [InlineData(DType.Q4_0, 18)]
    [InlineData(DType.Q4_1, 20)]
    [InlineData(DType.Q8_0, 34)]
    public void Random_small_blocks_decode_as_one_value_at_a_time_does(DType type, int bytes)
    {
        var random = new Random(12);
        for (int round = 0; round < 200; round++)
        {
            byte[] block = new byte[bytes];
            random.NextBytes(block);
            BitConverter.TryWriteBytes(block, (System.Half)(random.NextSingle() - 0.5f));
            if (type == DType.Q4_1)
                BitConverter.TryWriteBytes(block.AsSpan(2), (System.Half)random.NextSingle());
            float d = (float)BitConverter.ToHalf(block, 0), m = (float)BitConverter.ToHalf(block, 2);
            float[] expected = type switch
            {
                DType.Q4_0 => [.. block[2..].Select(b => d * (b % 16 - 8)), .. block[2..].Select(b => d * (b / 16 - 8))],
                DType.Q4_1 => [.. block[4..].Select(b => d * (b % 16) + m), .. block[4..].Select(b => d * (b / 16) + m)],
                _ => [.. block[2..].Select(b => d * (sbyte)b)],
            };
            Assert.Equal(expected, Decode(type, block));
        }
    }

    private static float[] Decode(DType type, byte[] block)
    {
        var values = new float[type.BlockElements()];
        RowDecoder.Decode(type, block, values);
        return values;
    }

    private static float[] WalkQ4(byte[] block)
    {
        var values = new List<float>();
        int at = 16;
        for (int pair = 0; pair < 4; pair++, at += 32)
        {
            var (d1, m1) = Scale(block, 2 * pair);
            var (d2, m2) = Scale(block, 2 * pair + 1);
            values.AddRange(block[at..(at + 32)].Select(b => d1 * (b % 16) - m1));
            values.AddRange(block[at..(at + 32)].Select(b => d2 * (b / 16) - m2));
        }
        return [.. values];
    }

    private static float[] WalkQ5(byte[] block)
    {
        var values = new List<float>();
        int at = 48;
        int mask = 1;
        for (int pair = 0; pair < 4; pair++, at += 32, mask <<= 2)
        {
            var (d1, m1) = Scale(block, 2 * pair);
            var (d2, m2) = Scale(block, 2 * pair + 1);
            for (int l = 0; l < 32; l++)
                values.Add(d1 * (block[at + l] % 16 + ((block[16 + l] & mask) != 0 ? 16 : 0)) - m1);
            for (int l = 0; l < 32; l++)
                values.Add(d2 * (block[at + l] / 16 + ((block[16 + l] & 2 * mask) != 0 ? 16 : 0)) - m2);
        }
        return [.. values];
    }

    private static float[] WalkQ6(byte[] block)
    {
        float d = (float)BitConverter.ToHalf(block, 208);
        var values = new float[256];
        for (int half = 0; half < 2; half++)
            for (int l = 0; l < 32; l++)
            {
                byte a = block[64 * half + l], b = block[64 * half + 32 + l], h = block[128 + 32 * half + l];
                int[] q = [a % 16 + h % 4 * 16, b % 16 + h / 4 % 4 * 16, a / 16 + h / 16 % 4 * 16, b / 16 + h / 64 * 16];
                for (int k = 0; k < 4; k++)
                    values[128 * half + 32 * k + l] = d * (sbyte)block[192 + 8 * half + 2 * k + l / 16] * (q[k] - 32);
            }
        return values;
    }

    // The twelve scale bytes read as 96 bits would be awkward: the published rule, in arithmetic instead of shifts.
    private static (float Scale, float Minimum) Scale(byte[] block, int group)
    {
        float d = (float)BitConverter.ToHalf(block, 0), min = (float)BitConverter.ToHalf(block, 2);
        byte[] s = block[4..16];
        return group < 4
            ? (d * (s[group] % 64), min * (s[group + 4] % 64))
            : (d * (s[group + 4] % 16 + s[group - 4] / 64 * 16), min * (s[group + 4] / 16 + s[group] / 64 * 16));
    }
}
