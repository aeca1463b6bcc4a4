using Trimtab.Tensors.Kernels.Panels;
using Trimtab.Tensors.Kernels.Reference;
using Trimtab.Tensors.Ops;
using Trimtab.Tensors.Threading;
using Xunit;

namespace Trimtab.Tensors.Tests.Kernels.Panels;

public sealed class BlockPanelsTests
{
    private static readonly KernelTier[] Tiers = [.. Enum.GetValues<KernelTier>().Where(tier => tier == KernelTier.Portable || (tier == KernelTier.Avx2 && KernelTiers.Best >= tier))];

    public static TheoryData<DType> Types => [DType.Q8_0, DType.Q5_0, DType.Q4_0];

    [Theory, MemberData(nameof(Types))]
    public void Product_equals_the_reference_within_the_rounding_of_its_rows_and_sums(DType type)
    {
        var samples = new Samples();
        foreach (int inner in (int[])[32, 96, 320, 1120])
            foreach (int outputs in (int[])[1, 7, 16, 33])
                foreach (int rows in (int[])[1, 2, 3, 4, 5, 6, 9, 13])
                    foreach (var tier in Tiers)
                        Compare(samples.Uniform(new Shape(rows, inner), 3), samples.Weight(type, outputs, inner), tier);
    }

    [Theory, MemberData(nameof(Types))]
    public void Every_tier_and_every_number_of_rows_gives_the_same_bits(DType type)
    {
        var samples = new Samples();
        // 300 rows are more than one block of rows; 2208 positions more than one inner block of either format, whole for few rows and cut for many.
        var x = samples.Uniform(new Shape(300, 2208));
        var w = samples.Weight(type, 37, 2208);
        var expected = Multiply(x, w, KernelTier.Portable);
        foreach (var tier in Tiers)
        {
            Close.Identical(expected, Multiply(x, w, tier), $"{type}, {tier}");
            foreach (var (first, count) in ((int, int)[])[(0, 1), (1, 2), (3, 3), (6, 4), (10, 5), (15, 6), (21, 7), (28, 8), (36, 9), (45, 12), (57, 130), (299, 1)])
                Testing.Near.Identical(expected.Slice(first, count).Values, Multiply(Samples.Displaced(x.Slice(first, count)), w, tier).Values, $"{type}, {tier}, rows {first} + {count}");
        }
    }

    [Theory, MemberData(nameof(Types))]
    public void Largest_codes_overflow_nowhere(DType type)
    {
        foreach (byte fill in (byte[])[0xFF, 0x80, 0x7F, 0x0F, 0xF0, 0x00])
        {
            var w = Tensor.Zeros(new Shape(18, 64), type);
            for (int n = 0; n < w.RowCount; n++)
                for (var block = w.RowBytes(n); !block.IsEmpty; block = block[type.BlockBytes()..])
                {
                    block[..type.BlockBytes()].Fill(fill);
                    BitConverter.TryWriteBytes(block, (Half)1);
                }
            // Rows of one sign, of alternating sign, and with one sign in the half of a block that a 16-bit sum covers.
            foreach (var sign in (Func<int, int>[])[_ => 1, _ => -1, k => k % 2 * 2 - 1, k => k % 4 < 2 ? 1 : -1, k => k % 4 < 2 ? -1 : 1])
            {
                var x = Tensor.Zeros(new Shape(7, 64));
                for (int row = 0; row < 7; row++)
                    for (int k = 0; k < 64; k++)
                        x.Row(row)[k] = sign(k) * 127;
                foreach (var tier in Tiers)
                    Compare(x, w, tier);
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
                var x = samples.Uniform(new Shape(rows, 96));
                var w = samples.Weight(type, 16, 96);
                var clean = Multiply(x, w, tier);
                x.Row(1)[40] = float.NaN;
                var y = Multiply(x, w, tier);
                Assert.All(y.Row(1).ToArray(), v => Assert.True(float.IsNaN(v)));
                Testing.Near.Identical(clean.Row(0), y.Row(0), "row 0");
                Testing.Near.Identical(clean.Slice(2, rows - 2).Values, y.Slice(2, rows - 2).Values, "rows 2 …");
            }
    }

    [Theory, MemberData(nameof(Types))]
    public unsafe void Decoded_panels_are_the_decoded_rows(DType type)
    {
        var w = new Samples().Weight(type, 21, 96);
        var expected = Samples.Doubles(w);
        foreach (var tier in Tiers)
        {
            using var packed = Backend(tier).Pack(w);
            Assert.Equal($"{(type == DType.Q5_0 ? "Q8_0 from Q5_0" : type)}, {tier}", packed.Kernel);
            foreach (var (start, count) in ((int, int)[])[(0, 96), (1, 70), (31, 3), (95, 1)])
            {
                float[] values = new float[count * 16];
                for (int panel = 0; panel < 2; panel++)
                {
                    fixed (float* target = values)
                        packed.Format.Decode(packed.Panel(panel), 96, start, count, target);
                    for (int i = 0; i < values.Length; i++)
                        Assert.Equal(16 * panel + i % 16 < 21 ? (float)expected[16 * panel + i % 16, start + i / 16] : 0, values[i]);
                }
            }
        }
    }

    [Fact]
    public void Blocks_of_zeros_and_of_the_smallest_numbers_have_products_of_zero()
    {
        foreach (float value in (float[])[0, float.Epsilon, -1e-38f])
            foreach (var type in (DType[])[DType.Q8_0, DType.Q4_0])
                foreach (var tier in Tiers)
                {
                    var x = Tensor.Zeros(new Shape(2, 32));
                    x.Values.Fill(value);
                    Assert.All(Multiply(x, new Samples().Weight(type, 16, 32), tier).Values.ToArray(), y => Assert.Equal(0, y));
                }
    }

    // A row's element is off by at most half a step of its block (a little more after the rounding of scale and inverse); integer sums are exact; each block rounds its factor, the
    // product and the sum once each.
    private static void Compare(Tensor x, Tensor w, KernelTier tier)
    {
        var (dx, dw) = (Samples.Doubles(x), Samples.Doubles(w));
        double levels = w.DType == DType.Q4_0 ? 127 : 32767;
        var expected = MatMulReference.Transposed(dx, dw);
        var errors = Apply(dx, (t, k) => 0.5001 * Largest(x.Row(t), k / 32) / levels);
        var rowError = MatMulReference.Transposed(errors, Apply(dw, (n, k) => Math.Abs(dw[n, k])));
        var size = MatMulReference.Transposed(Apply(dx, (t, k) => Math.Abs(dx[t, k]) + errors[t, k]), Apply(dw, (n, k) => Math.Abs(dw[n, k])));
        int roundings = 4 + x.Columns / 32;
        Close.Equal(expected, Multiply(x, w, tier), (t, n) => rowError[t, n] + roundings * Close.Rounding * size[t, n], $"{x} · {w}, {tier}");
    }

    private static double Largest(ReadOnlySpan<float> row, int block)
    {
        double largest = 0;
        foreach (float value in row.Slice(block * 32, 32))
            largest = Math.Max(largest, Math.Abs((double)value));
        return largest;
    }

    private static double[,] Apply(double[,] values, Func<int, int, double> map)
    {
        var result = new double[values.GetLength(0), values.GetLength(1)];
        for (int i = 0; i < result.GetLength(0); i++)
            for (int j = 0; j < result.GetLength(1); j++)
                result[i, j] = map(i, j);
        return result;
    }

    private static Tensor Multiply(Tensor x, Tensor w, KernelTier tier)
    {
        var backend = Backend(tier);
        using var packed = backend.Pack(w);
        var y = Tensor.Zeros(new Shape(x.RowCount, w.RowCount));
        backend.MatMul(x, new Product(packed, null, y));
        return y;
    }

    private static CpuBackend Backend(KernelTier tier) => new(WorkerTeam.Shared, tier);
}
