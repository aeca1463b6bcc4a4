using Trimtab.Tensors.Kernels.Panels;
using Trimtab.Tensors.Kernels.Quant;
using Trimtab.Tensors.Ops;
using Trimtab.Tensors.Tests.Kernels;
using Trimtab.Tensors.Threading;
using Xunit;

namespace Trimtab.Tensors.Tests.Ops;

/// <summary>A weight that is converted while it is packed is the weight that was converted before.</summary>
public sealed class PackTests
{
    public static TheoryData<DType, KernelTier> Conversions
    {
        get
        {
            var data = new TheoryData<DType, KernelTier>();
            foreach (var tier in Enum.GetValues<KernelTier>().Where(tier => tier <= KernelTiers.Best))
                foreach (var type in (DType[])[DType.F16, DType.BF16, DType.Q8_0, DType.Q4_0, DType.Q4_K])
                    data.Add(type, tier);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Conversions))]
    public void Converting_while_packing_gives_the_products_of_the_converted_weight(DType type, KernelTier tier)
    {
        var backend = new CpuBackend(WorkerTeam.Shared, tier);
        var samples = new Samples();
        var x = samples.Uniform(new Shape(5, 512));
        foreach (var stored in (Tensor[])[samples.Uniform(new Shape(37, 512)), RowEncoder.Quantise(samples.Uniform(new Shape(37, 512)), DType.BF16), samples.Weight(DType.Q6_K, 37, 512)])
            Assert.Equal(Product(backend, x, RowEncoder.Quantise(stored, type), null), Product(backend, x, stored, type));
    }

    [Fact]
    public void Columns_are_converted_as_rows_are()
    {
        var samples = new Samples();
        var (x, weight) = (samples.Uniform(new Shape(3, 64)), samples.Uniform(new Shape(21, 64)));
        var turned = Tensor.Zeros(new Shape(64, 21));
        for (int n = 0; n < 21; n++)
            for (int k = 0; k < 64; k++)
                turned.Row(k)[n] = weight.Row(n)[k];
        using var packed = CpuBackend.Shared.Pack(turned, inputMajor: true, DType.Q8_0);
        Assert.Equal(Product(CpuBackend.Shared, x, weight, DType.Q8_0), Product(CpuBackend.Shared, x, packed));
    }

    [Fact]
    public void Rows_that_are_not_whole_blocks_and_values_that_no_block_holds_are_refused()
    {
        Assert.Throws<TensorException>(() => CpuBackend.Shared.Pack(Tensor.Zeros(new Shape(4, 48)), type: DType.Q8_0));
        var weight = Tensor.Zeros(new Shape(4, 64));
        weight.Values[70] = float.NaN;
        Assert.Contains("at 6", Assert.Throws<TensorException>(() => CpuBackend.Shared.Pack(weight, type: DType.Q8_0)).Message, StringComparison.Ordinal);
    }

    private static float[] Product(CpuBackend backend, Tensor x, Tensor weight, DType? type)
    {
        using var packed = backend.Pack(weight, type: type);
        return Product(backend, x, packed);
    }

    private static float[] Product(CpuBackend backend, Tensor x, PackedWeight packed)
    {
        var y = Tensor.Zeros(new Shape(x.RowCount, packed.Outputs));
        backend.MatMul(x, new Product(packed, null, y));
        return y.Values.ToArray();
    }
}
