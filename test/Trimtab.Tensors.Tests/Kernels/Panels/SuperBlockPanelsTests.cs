using Trimtab.Tensors.Kernels.Panels;
using Trimtab.Tensors.Kernels.Quant;
using Trimtab.Tensors.Kernels.Reference;
using Trimtab.Tensors.Ops;
using Trimtab.Tensors.Threading;
using Xunit;

namespace Trimtab.Tensors.Tests.Kernels.Panels;

public sealed class SuperBlockPanelsTests
{
    private static readonly KernelTier[] Tiers = [.. Enum.GetValues<KernelTier>().Where(tier => tier == KernelTier.Portable || (tier != KernelTier.Emitted && KernelTiers.Best >= KernelTier.Avx2))];

    public static TheoryData<DType> Types => [DType.Q4_K, DType.Q5_K, DType.Q6_K];

    [Theory, MemberData(nameof(Types))]
    public void Product_equals_the_reference_within_the_roundings_of_its_sums(DType type)
    {
        var samples = new Samples();
        foreach (int inner in (int[])[256, 512, 768, 1024])
            foreach (int outputs in (int[])[1, 7, 16, 33])
                foreach (int rows in (int[])[1, 2, 3, 4, 5, 11, 13])
                    foreach (var tier in Tiers)
                        Compare(samples.Uniform(new Shape(rows, inner), 3), samples.Weight(type, outputs, inner), tier);
    }

    [Theory, MemberData(nameof(Types))]
    public void Every_tier_and_every_number_of_rows_gives_the_same_bits(DType type)
    {
        var samples = new Samples();
        // 300 rows: more than one block of rows. 1280 positions: two inner blocks and a half.
        var x = samples.Uniform(new Shape(300, 1280));
        var w = samples.Weight(type, 37, 1280);
        var expected = Multiply(x, w, KernelTier.Portable);
        foreach (var tier in Tiers)
        {
            Close.Identical(expected, Multiply(x, w, tier), $"{type}, {tier}");
            foreach (var (first, count) in ((int, int)[])[(0, 1), (1, 2), (3, 3), (6, 4), (10, 8), (18, 9), (27, 12), (39, 130), (299, 1)])
                Testing.Near.Identical(expected.Slice(first, count).Values, Multiply(Samples.Displaced(x.Slice(first, count)), w, tier).Values, $"{type}, {tier}, rows {first} + {count}");
        }
    }

    [Theory, MemberData(nameof(Types))]
    public void Largest_codes_and_scales_overflow_nowhere(DType type)
    {
        foreach (byte fill in (byte[])[0xFF, 0x80, 0x7F, 0x00])
        {
            var w = Tensor.Zeros(new Shape(18, 512), type);
            for (int n = 0; n < w.RowCount; n++)
                for (var block = w.RowBytes(n); !block.IsEmpty; block = block[type.BlockBytes()..])
                    FillExtreme(type, block[..type.BlockBytes()], fill);
            foreach (float value in (float[])[127, -127])
            {
                var x = Tensor.Zeros(new Shape(13, 512));
                x.Values.Fill(value);
                foreach (var tier in Tiers)
                {
                    Compare(x, w, tier);
                    Compare(x.Slice(0, 3), w, tier);
                }
            }
        }
    }

    [Theory, MemberData(nameof(Types))]
    public void A_value_that_is_not_a_number_spoils_its_own_row_alone(DType type)
    {
        var samples = new Samples();
        foreach (int rows in (int[])[3, 20])
            foreach (var tier in Tiers)
            {
                var x = samples.Uniform(new Shape(rows, 512));
                var w = samples.Weight(type, 16, 512);
                var clean = Multiply(x, w, tier);
                x.Row(1)[300] = float.NaN;
                var y = Multiply(x, w, tier);
                Assert.All(y.Row(1).ToArray(), v => Assert.True(float.IsNaN(v)));
                Testing.Near.Identical(clean.Row(0), y.Row(0), "row 0");
                Testing.Near.Identical(clean.Slice(2, rows - 2).Values, y.Slice(2, rows - 2).Values, "rows 2 …");
            }
    }

    [Theory, MemberData(nameof(Types))]
    public unsafe void Decoded_panels_are_the_decoded_rows(DType type)
    {
        var w = new Samples().Weight(type, 21, 768);
        var expected = Samples.Doubles(w);
        foreach (var tier in Tiers)
        {
            using var packed = Backend(tier).Pack(w);
            Assert.Equal($"{type}, {(tier == KernelTier.Portable ? "Portable" : "Avx2")}", packed.Kernel);
            foreach (var (start, count) in ((int, int)[])[(0, 768), (1, 300), (250, 9), (767, 1)])
            {
                float[] values = new float[count * 16];
                for (int panel = 0; panel < 2; panel++)
                {
                    fixed (float* target = values)
                        packed.Format.Decode(packed.Panel(panel), 768, start, count, target);
                    for (int i = 0; i < values.Length; i++)
                        Assert.Equal(16 * panel + i % 16 < 21 ? (float)expected[16 * panel + i % 16, start + i / 16] : 0, values[i]);
                }
            }
        }
    }

    [Theory]
    [InlineData((ushort)0x0000)]
    [InlineData((ushort)0x8000)]
    [InlineData((ushort)0x0001)]
    [InlineData((ushort)0x83FF)]
    [InlineData((ushort)0x0400)]
    [InlineData((ushort)0x3C01)]
    [InlineData((ushort)0xFBFF)]
    [InlineData((ushort)0x7C00)]
    [InlineData((ushort)0xFC00)]
    [InlineData((ushort)0x7E00)]
    public unsafe void Halves_are_read_exactly(ushort bits)
    {
        ushort* halves = stackalloc ushort[16];
        new Span<ushort>(halves, 16).Fill(bits);
        SuperBlockUnits.Decode(halves, out var low, out var high);
        for (int i = 0; i < 8; i++)
        {
            Assert.Equal((float)BitConverter.UInt16BitsToHalf(bits), low[i]);
            Assert.Equal(BitConverter.SingleToInt32Bits(low[i]), BitConverter.SingleToInt32Bits(high[i]));
        }
    }

    // Integer sums are exact; so against the row as its form holds it, only the fused multiply-adds round: in a block 8 of the products' sum, or 8 of the minima's and the row sum's
    // own rounding; two of each block to the output; and the reference's weights once. Every partial sum is at most Σ |x|·(|d·s·q| + |dmin·m|).
    private static void Compare(Tensor x, Tensor w, KernelTier tier)
    {
        var rows = new double[x.RowCount, x.Columns];
        for (int t = 0; t < x.RowCount; t++)
        {
            double[] row = SuperBlockRowsTests.Decode(x.Row(t)).Values;
            for (int k = 0; k < row.Length; k++)
                rows[t, k] = row[k];
        }
        var expected = MatMulReference.Transposed(rows, Samples.Doubles(w));
        var size = MatMulReference.Transposed(Absolute(rows), Sizes(w));
        int roundings = 10 + 2 * x.Columns / 256;
        Close.Equal(expected, Multiply(x, w, tier), (t, n) => 1.001 * roundings * Close.Rounding * size[t, n], $"{x} · {w}, {tier}");
    }

    // |d·s·q| + |dmin·m|: the first is what is left of a weight without dmin, the second the difference.
    private static double[,] Sizes(Tensor w)
    {
        var values = Samples.Doubles(w);
        if (w.DType == DType.Q6_K)
            return Absolute(values);
        var without = Tensor.Zeros(w.Shape, w.DType);
        for (int n = 0; n < w.RowCount; n++)
        {
            w.RowBytes(n).CopyTo(without.RowBytes(n));
            for (var block = without.RowBytes(n); !block.IsEmpty; block = block[w.DType.BlockBytes()..])
                block.Slice(2, 2).Clear();
        }
        var products = Samples.Doubles(without);
        for (int n = 0; n < w.RowCount; n++)
            for (int k = 0; k < w.Columns; k++)
                values[n, k] = Math.Abs(products[n, k]) + Math.Abs(values[n, k] - products[n, k]);
        return values;
    }

    private static double[,] Absolute(double[,] values)
    {
        var result = (double[,])values.Clone();
        for (int i = 0; i < result.GetLength(0); i++)
            for (int j = 0; j < result.GetLength(1); j++)
                result[i, j] = Math.Abs(result[i, j]);
        return result;
    }

    // Scales of 1 and every other byte alike: 0xFF gives the largest codes, scales and minima; in Q6_K 0x80 and 0x7F are the outermost scales, with the largest codes there.
    private static void FillExtreme(DType type, Span<byte> block, byte fill)
    {
        block.Fill(fill);
        if (type == DType.Q6_K)
        {
            block[..192].Fill(fill == 0 ? (byte)0 : (byte)0xFF);
            BitConverter.TryWriteBytes(block[208..], (Half)1);
            return;
        }
        BitConverter.TryWriteBytes(block, (Half)1);
        BitConverter.TryWriteBytes(block[2..], (Half)(-1));
    }

    private static CpuBackend Backend(KernelTier tier) => new(WorkerTeam.Shared, tier);

    private static Tensor Multiply(Tensor x, Tensor w, KernelTier tier)
    {
        var backend = Backend(tier);
        using var packed = backend.Pack(w);
        var y = Tensor.Zeros(new Shape(x.RowCount, w.RowCount));
        // Not zeros: the product must overwrite what was there.
        y.Values.Fill(float.NaN);
        backend.MatMul(x, new Product(packed, null, y));
        return y;
    }
}
