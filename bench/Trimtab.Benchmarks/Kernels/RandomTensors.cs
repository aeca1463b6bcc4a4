using Trimtab.Tensors;
using Trimtab.Tensors.Kernels.Quant;

namespace Trimtab.Benchmarks.Kernels;

/// <summary>Tensors of random values, the same in every run.</summary>
internal static class RandomTensors
{
    /// <summary>Values in −scale … scale.</summary>
    public static Tensor Make(int seed, float scale, params ReadOnlySpan<int> sizes)
    {
        var random = new Random(seed);
        var tensor = Tensor.Zeros(new Shape(sizes));
        foreach (ref float value in tensor.Values)
            value = scale * (2 * random.NextSingle() - 1);
        return tensor;
    }

    /// <summary>A weight [outputs, inputs] in an element type, scaled so that rows keep their length.</summary>
    public static Tensor Weight(int seed, int outputs, int inputs, DType type)
    {
        var weight = Make(seed, MathF.Sqrt(3f / inputs), outputs, inputs);
        return type == DType.F32 ? weight : RowEncoder.Quantise(weight, type);
    }
}
