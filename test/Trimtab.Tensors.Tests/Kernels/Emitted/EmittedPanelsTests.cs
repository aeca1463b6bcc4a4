using Trimtab.Tensors.Kernels.Emitted;
using Trimtab.Tensors.Kernels.Panels;
using Trimtab.Tensors.Kernels.Reference;
using Trimtab.Tensors.Ops;
using Xunit;

namespace Trimtab.Tensors.Tests.Kernels.Emitted;

public sealed unsafe class EmittedPanelsTests
{
    public static TheoryData<DType> Types => [DType.BF16, DType.Q8_0, DType.Q4_0];

    [Theory, MemberData(nameof(Types))]
    public void Interpreted_tiles_equal_the_reference_and_touch_nothing_else(DType type)
    {
        var samples = new Samples();
        var shapes = new HashSet<TileShape>();
        foreach (int inner in Inner(type))
            foreach (int outputs in (int[])[1, 16, 17, 65, 100])
                foreach (int rows in (int[])[1, 2, 3, 4, 5, 6, 7, 8, 11])
                {
                    var abi = (rows + outputs) % 2 == 0 ? NativeAbi.SystemV : NativeAbi.Windows;
                    var (x, w) = (samples.Uniform(new Shape(rows, inner)), samples.Weight(type, outputs, inner));
                    using var product = new EmittedProduct(type, abi, x, w);
                    Compare(product, x, w, product.Multiply());
                    shapes.UnionWith(product.Tiles.Ran);
                }
        Assert.Equal(EmittedProduct.Emitter(type).Shapes.ToHashSet(), shapes);
    }

    [Theory, MemberData(nameof(Types))]
    public void No_division_of_the_work_changes_a_bit(DType type)
    {
        var samples = new Samples(2);
        int inner = type == DType.BF16 ? 131 : 160;
        var (x, w) = (samples.Uniform(new Shape(13, inner)), samples.Weight(type, 100, inner));
        using var product = new EmittedProduct(type, NativeAbi.SystemV, x, w);
        float[] whole = product.Multiply();
        foreach (int rows in (int[])[1, 2, 5, 8])
            foreach (int panels in (int[])[1, 3, 4])
                foreach (int positions in (int[])[32, 96, int.MaxValue])
                    Testing.Near.Identical(whole, product.Multiply(rows, panels, positions), $"{rows} rows, {panels} panels, {positions} positions at a time");
    }

    [Fact]
    public void Nibbles_give_the_bits_of_the_portable_kernel()
    {
        var samples = new Samples(6);
        foreach (int inner in Inner(DType.Q4_0))
        {
            var (x, w) = (samples.Uniform(new Shape(5, inner)), samples.Weight(DType.Q4_0, 32, inner));
            using var product = new EmittedProduct(DType.Q4_0, NativeAbi.SystemV, x, w);
            using var team = new Trimtab.Tensors.Threading.WorkerTeam(1);
            var portable = new CpuBackend(team, KernelTier.Portable);
            using var packed = portable.Pack(w);
            var y = Tensor.Zeros(new Shape(5, 32));
            portable.MatMul(x, new Product(packed, null, y));
            Testing.Near.Identical(y.Values, product.Multiply(), $"{x} · {w}");
        }
    }

    [Theory, MemberData(nameof(Types))]
    public void Decoded_panels_are_the_weight_and_zeros_beside_it(DType type)
    {
        var samples = new Samples(3);
        foreach (int inner in Inner(type))
        {
            var w = samples.Weight(type, 21, inner);
            var expected = Samples.Doubles(w);
            using var product = new EmittedProduct(type, NativeAbi.SystemV, samples.Uniform(new Shape(1, inner)), w);
            for (int start = 0; start < inner; start += 7)
            {
                int count = Math.Min(7, inner - start);
                var decoded = new float[count * PanelFormat.Width];
                for (int panel = 0; panel < 2; panel++)
                {
                    fixed (float* target = decoded)
                        product.Format.Decode(product.Panel(panel), inner, start, count, target);
                    for (int i = 0; i < decoded.Length; i++)
                    {
                        int n = panel * PanelFormat.Width + i % PanelFormat.Width, k = start + i / PanelFormat.Width;
                        Assert.Equal(n < 21 ? expected[n, k] : 0, decoded[i]);
                    }
                }
            }
        }
    }

    [Theory, InlineData(DType.Q8_0), InlineData(DType.Q4_0)]
    public void Largest_codes_of_both_signs_give_exact_sums(DType type)
    {
        var samples = new Samples(4);
        var w = samples.Weight(type, 16, 64);
        for (int n = 0; n < 16; n++)
            foreach (int block in (int[])[0, 1])
                FillBlock(type, w.RowBytes(n).Slice(block * type.BlockBytes(), type.BlockBytes()), n);
        var x = Tensor.Zeros(new Shape(3, 64));
        x.Row(0).Fill(127);
        x.Row(1).Fill(-127);
        using var product = new EmittedProduct(type, NativeAbi.SystemV, x, w);
        float[] sums = product.Multiply();
        var expected = MatMulReference.Transposed(Samples.Doubles(x), Samples.Doubles(w));
        for (int i = 0; i < sums.Length; i++)
            Assert.Equal(expected[i / 16, i % 16], sums[i]);
    }

    [Theory, MemberData(nameof(Types))]
    public void What_is_not_finite_in_a_row_shows_in_all_its_sums_and_no_other_row(DType type)
    {
        var samples = new Samples(5);
        var (x, w) = (samples.Uniform(new Shape(4, 64)), samples.Weight(type, 16, 64));
        x.Row(1)[40] = float.NaN;
        x.Row(2)[3] = float.PositiveInfinity;
        using var product = new EmittedProduct(type, NativeAbi.SystemV, x, w);
        float[] sums = product.Multiply();
        for (int i = 0; i < sums.Length; i++)
            Assert.Equal(i / 16 is 0 or 3, float.IsFinite(sums[i]));
    }

    [Fact]
    public void A_task_that_begins_inside_a_step_is_refused()
    {
        var samples = new Samples();
        using var product = new EmittedProduct(DType.BF16, NativeAbi.SystemV, samples.Uniform(new Shape(1, 9)), samples.Weight(DType.BF16, 1, 9));
        Assert.Contains("starts at position 3", Assert.Throws<ArgumentException>(() => product.Multiply(innerBlock: 3)).Message, StringComparison.Ordinal);
    }

    // The reference takes the rows as they are after rounding to codes; what that rounding may cost is the row forms' test. What is left are the tiles' own roundings, each
    // relative to a partial sum, which no Σ |terms| can be below: one per position (BF16), or per block one of the scales' product and one of the sum.
    private static void Compare(EmittedProduct product, Tensor x, Tensor w, float[] sums)
    {
        double[,] rows = RowCodes.Decode(product, x), weights = Samples.Doubles(w);
        bool blocks = product.Format.Type != DType.BF16;
        int step = blocks ? 32 : 1;
        for (int t = 0; t < x.RowCount; t++)
            for (int n = 0; n < w.RowCount; n++)
            {
                double sum = 0, size = 0;
                for (int start = 0; start < x.Columns; start += step)
                {
                    double term = 0;
                    for (int k = start; k < start + step; k++)
                        term += rows[t, k] * weights[n, k];
                    sum += term;
                    size += Math.Abs(term);
                }
                Close.Equal(sum, sums[t * product.Stride + n], (x.Columns / step + 2) * Close.Rounding * size, $"{product.Format.Name} {x} · {w} [{t}, {n}]");
            }
    }

    private static void FillBlock(DType type, Span<byte> block, int n)
    {
        BitConverter.TryWriteBytes(block, (Half)0.25);
        bool lowest = n % 2 == 0;
        block[2..].Fill(type == DType.Q8_0 ? lowest ? (byte)0x80 : (byte)0x7F : lowest ? (byte)0x00 : (byte)0xFF);
    }

    private static int[] Inner(DType type) => type == DType.BF16 ? [1, 2, 3, 31, 64, 65, 131] : [32, 96, 160];
}
