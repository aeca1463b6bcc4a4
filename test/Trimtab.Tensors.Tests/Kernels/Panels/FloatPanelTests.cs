using Trimtab.Tensors.Kernels.Panels;
using Trimtab.Tensors.Kernels.Quant;
using Trimtab.Tensors.Kernels.Reference;
using Xunit;

namespace Trimtab.Tensors.Tests.Kernels.Panels;

public sealed class FloatPanelTests
{
    private static readonly KernelTier[] Tiers = [.. Enum.GetValues<KernelTier>().Where(tier => tier != KernelTier.Emitted)];

    // Around the widths of lines, panels, streams, tiles, stretches of packing and blocks.
    private static readonly (int Inner, int Outputs, int Rows)[] Sizes =
    [
        (1, 1, 1), (2, 16, 2), (3, 17, 3), (7, 50, 4), (15, 33, 5), (31, 48, 6), (33, 5, 7), (64, 64, 8), (65, 65, 9), (100, 31, 10), (131, 49, 11), (200, 16, 12),
        (255, 33, 13), (256, 50, 1), (257, 130, 1), (257, 50, 19), (300, 1, 40), (300, 150, 1), (300, 40, 31), (513, 18, 25), (600, 18, 6),
    ];

    public static TheoryData<DType> Types => [DType.F32, DType.BF16, DType.F16];

    [Theory, MemberData(nameof(Types))]
    public void Product_on_every_tier_equals_the_reference(DType type)
    {
        var samples = new Samples();
        foreach (var (inner, outputs, rows) in Sizes)
        {
            var (x, w) = (samples.Uniform(new Shape(rows, inner)), samples.Weight(type, outputs, inner));
            var (dx, dw) = (Samples.Doubles(x), Samples.Doubles(w));
            var (expected, size) = (MatMulReference.Transposed(dx, dw), MatMulReference.Transposed(Absolute(dx), Absolute(dw)));
            foreach (var tier in Tiers)
            {
                using var sample = new FloatProductSample(w, tier);
                // Each of K fused steps rounds the sum so far, which is at most Σ |x| |w|, once; (1 + u)ᴷ − 1 < 1.0001 K u for K ≤ 600.
                Close.Equal(expected, Columns(sample.Multiply(x), outputs), (t, n) => 1.0001 * inner * Close.Rounding * size[t, n], $"{tier}: {x} · {w}");
            }
        }
    }

    [Theory, MemberData(nameof(Types))]
    public void All_tiers_give_the_same_bits(DType type)
    {
        var samples = new Samples(2);
        foreach (var (inner, outputs, rows) in Sizes)
        {
            var (x, w) = (samples.Uniform(new Shape(rows, inner)), samples.Weight(type, outputs, inner));
            using var portable = new FloatProductSample(w, KernelTier.Portable);
            var expected = portable.Multiply(x);
            foreach (var tier in Tiers)
            {
                using var sample = new FloatProductSample(w, tier);
                Close.Identical(expected, sample.Multiply(x), $"{tier}: {x} · {w}");
            }
        }
    }

    [Theory, MemberData(nameof(Types))]
    public void Every_sum_is_a_chain_of_fused_steps_in_order(DType type)
    {
        var samples = new Samples(3);
        var (x, w) = (samples.Uniform(new Shape(7, 300)), samples.Weight(type, 20, 300));
        var values = Samples.Doubles(w);
        using var sample = new FloatProductSample(w, KernelTiers.BestCompiled);
        var actual = sample.Multiply(x);
        for (int t = 0; t < 7; t++)
            for (int n = 0; n < 20; n++)
            {
                float sum = 0;
                for (int k = 0; k < 300; k++)
                    sum = MathF.FusedMultiplyAdd(x.Row(t)[k], (float)values[n, k], sum);
                Assert.Equal(sum, actual.Row(t)[n]);
            }
    }

    [Theory, MemberData(nameof(Types))]
    public void No_cut_of_rows_panels_or_inner_positions_changes_a_bit(DType type)
    {
        var samples = new Samples(4);
        foreach (var (inner, outputs, rows) in ((int, int, int)[])[(300, 150, 40), (257, 81, 23), (64, 40, 9)])
        {
            var (x, w) = (samples.Uniform(new Shape(rows, inner)), samples.Weight(type, outputs, inner));
            foreach (var tier in Tiers)
            {
                using var sample = new FloatProductSample(w, tier);
                var whole = sample.Multiply(x);
                for (int height = 1; height <= 9; height++)
                    Close.Identical(whole, sample.Multiply(x, rows: height), $"{tier}: {x} · {w}, {height} rows at a time");
                for (int count = 1; count <= 5; count++)
                    Close.Identical(whole, sample.Multiply(x, rows: 2 * count - 1, panels: count), $"{tier}: {x} · {w}, {count} panels at a time");
                foreach (int stretch in (int[])[1, 7, 32, 64, 255])
                    Close.Identical(whole, sample.Multiply(x, rows: stretch % 11, inner: stretch), $"{tier}: {x} · {w}, {stretch} positions at a time");
            }
        }
    }

    [Theory, MemberData(nameof(Types))]
    public void Panels_give_back_the_packed_values(DType type)
    {
        var samples = new Samples(5);
        foreach (int inner in (int[])[1, 63, 64, 65, 130])
        {
            var w = samples.Weight(type, 21, inner);
            var values = Samples.Doubles(w);
            using var sample = new FloatProductSample(w, KernelTiers.BestCompiled);
            for (int start = 0; start < inner; start += 9)
                for (int panel = 0; panel < 2; panel++)
                {
                    var decoded = sample.Decode(panel, start, inner - start);
                    for (int k = start; k < inner; k++)
                        for (int i = 0; i < PanelFormat.Width; i++)
                            Assert.Equal(panel * PanelFormat.Width + i < 21 ? (float)values[panel * PanelFormat.Width + i, k] : 0, decoded[(k - start) * PanelFormat.Width + i]);
                }
        }
    }

    [Fact]
    public void Every_half_is_decoded_exactly_on_every_tier_by_tiles_of_any_height()
    {
        // One position per panel, so that a panel without infinities and NaN keeps to the short way: 16 neighbouring codes share one.
        var w = Tensor.Zeros(new Shape(1 << 16, 1), DType.F16);
        for (int i = 0; i < 1 << 16; i++)
            BitConverter.TryWriteBytes(w.RowBytes(i), (ushort)i);
        foreach (var tier in Tiers)
            foreach (int rows in (int[])[1, 3, 6, 7])
            {
                var x = Tensor.Zeros(new Shape(rows, 1));
                x.Values.Fill(1);
                using var sample = new FloatProductSample(w, tier);
                var y = sample.Multiply(x);
                for (int t = 0; t < rows; t++)
                    for (int i = 0; i < 1 << 16; i++)
                        Assert.Equal((float)BitConverter.UInt16BitsToHalf((ushort)i), y.Row(t)[i]);
            }
    }

    [Fact]
    public void An_infinite_half_reaches_its_own_output_alone()
    {
        var samples = new Samples(6);
        var w = samples.Weight(DType.F16, 80, 300);
        RowEncoder.Encode(DType.F16, [float.PositiveInfinity], w.RowBytes(37).Slice(2 * 299, 2));
        RowEncoder.Encode(DType.F16, [float.NaN], w.RowBytes(70).Slice(2 * 11, 2));
        foreach (var tier in Tiers)
            foreach (int rows in (int[])[1, 2, 6, 9])
            {
                var x = samples.Uniform(new Shape(rows, 300));
                using var sample = new FloatProductSample(w, tier);
                var y = sample.Multiply(x);
                for (int t = 0; t < rows; t++)
                    for (int n = 0; n < 80; n++)
                        Assert.True(n switch { 37 => float.IsInfinity(y.Row(t)[n]), 70 => float.IsNaN(y.Row(t)[n]), _ => float.IsFinite(y.Row(t)[n]) }, $"{tier}: [{t}, {n}] is {y.Row(t)[n]}");
            }
    }

    private static Tensor Columns(Tensor y, int count)
    {
        var part = Tensor.Zeros(new Shape(y.RowCount, count));
        for (int t = 0; t < y.RowCount; t++)
            y.Row(t)[..count].CopyTo(part.Row(t));
        return part;
    }

    private static double[,] Absolute(double[,] values)
    {
        var result = (double[,])values.Clone();
        for (int i = 0; i < result.GetLength(0); i++)
            for (int j = 0; j < result.GetLength(1); j++)
                result[i, j] = Math.Abs(result[i, j]);
        return result;
    }
}
