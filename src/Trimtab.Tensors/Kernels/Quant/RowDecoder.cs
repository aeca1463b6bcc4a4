using System.Buffers.Binary;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Trimtab.Tensors.Kernels.Quant;

/// <summary>Decodes one row of a weight, whatever its element type, to F32.</summary>
public static class RowDecoder
{
    /// <summary>Writes row <paramref name="row"/> of <paramref name="tensor"/> to <paramref name="target"/>, which has the row's length.</summary>
    public static void Decode(Tensor tensor, int row, Span<float> target) => Decode(tensor.DType, tensor.RowBytes(row), target);

    /// <summary>Decodes <paramref name="source"/>, whole blocks of <paramref name="type"/>, to as many values as they hold.</summary>
    /// <exception cref="TensorException">The type holds no real numbers.</exception>
    public static void Decode(DType type, ReadOnlySpan<byte> source, Span<float> target)
    {
        switch (type)
        {
            case DType.F32: MemoryMarshal.Cast<byte, float>(source).CopyTo(target); break;
            case DType.F64: TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, double>(source), target); break;
            case DType.F16: TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(source), target); break;
            case DType.BF16: BrainFloat.Decode(MemoryMarshal.Cast<byte, ushort>(source), target); break;
            case DType.Q4_0: LegacyBlocks.DecodeQ4_0(source, target); break;
            case DType.Q4_1: LegacyBlocks.DecodeQ4_1(source, target); break;
            case DType.Q5_0: LegacyBlocks.DecodeQ5_0(source, target); break;
            case DType.Q5_1: LegacyBlocks.DecodeQ5_1(source, target); break;
            case DType.Q8_0: LegacyBlocks.DecodeQ8_0(source, target); break;
            case DType.Q4_K: SuperBlocks.DecodeQ4_K(source, target); break;
            case DType.Q5_K: SuperBlocks.DecodeQ5_K(source, target); break;
            case DType.Q6_K: SuperBlocks.DecodeQ6_K(source, target); break;
            default: throw new TensorException($"Decode: {type} elements are not weights. Only float and quantised tensors can be multiplied with.");
        }
    }

    internal static float ReadHalf(ReadOnlySpan<byte> source) => (float)BinaryPrimitives.ReadHalfLittleEndian(source);
}
