using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Trimtab.Tensors.Kernels.Quant;

/// <summary>Encodes F32 rows to the element types of weight files: the counterpart of <see cref="RowDecoder"/>.</summary>
public static class RowEncoder
{
    // From these sizes on, rounding gives infinity.
    private const float TooLargeForHalf = 65520;
    private const float TooLargeForBrainFloat = 3.3961775e38f;

    /// <summary>
    /// Writes <paramref name="source"/> to <paramref name="target"/> as whole blocks of <paramref name="type"/>. The block types minimise the squared
    /// error of each group; elements are rounded against the scales as they are stored.
    /// </summary>
    /// <exception cref="TensorException">
    /// The values are not whole blocks, the target has another size, the type holds no real numbers, or a value cannot be represented: not finite (block
    /// types), or too large for the half that holds it or its scale.
    /// </exception>
    public static void Encode(DType type, ReadOnlySpan<float> source, Span<byte> target)
    {
        long bytes = type.ByteCount(source.Length);
        if (target.Length != bytes)
            throw new TensorException($"Encode: {source.Length} values of {type} take {bytes} bytes — {target.Length} were given.");
        CheckRange(type, source);
        switch (type)
        {
            case DType.F32: source.CopyTo(MemoryMarshal.Cast<byte, float>(target)); break;
            case DType.F64: TensorPrimitives.ConvertTruncating(source, MemoryMarshal.Cast<byte, double>(target)); break;
            case DType.F16: TensorPrimitives.ConvertToHalf(source, MemoryMarshal.Cast<byte, Half>(target)); break;
            case DType.BF16: BrainFloat.Encode(source, MemoryMarshal.Cast<byte, ushort>(target)); break;
            case DType.Q4_0: LegacyEncoder.EncodeQ4_0(source, target); break;
            case DType.Q4_1: LegacyEncoder.EncodeQ4_1(source, target); break;
            case DType.Q5_0: LegacyEncoder.EncodeQ5_0(source, target); break;
            case DType.Q5_1: LegacyEncoder.EncodeQ5_1(source, target); break;
            case DType.Q8_0: LegacyEncoder.EncodeQ8_0(source, target); break;
            case DType.Q4_K: SuperBlockEncoder.EncodeQ4_K(source, target); break;
            case DType.Q5_K: SuperBlockEncoder.EncodeQ5_K(source, target); break;
            case DType.Q6_K: SuperBlockEncoder.EncodeQ6_K(source, target); break;
            default: throw new TensorException($"Encode: {type} elements are not weights. Only float and block types can be encoded.");
        }
    }

    /// <summary>
    /// A copy of a weight in another element type, in memory of its own: every row is decoded and encoded again. Rows are independent, so the result does
    /// not depend on how many processors work on it.
    /// </summary>
    /// <exception cref="TensorException">As <see cref="Encode"/>; or the copy would take 2 GiB or more.</exception>
    public static Tensor Quantise(Tensor tensor, DType type)
    {
        var copy = Tensor.Zeros(tensor.Shape, type);
        int columns = tensor.Columns;
        if (columns % type.BlockElements() != 0)
            throw new TensorException($"Quantise: rows of {columns} elements are not whole blocks of {type}, which hold {type.BlockElements()} — {tensor} was given.");
        try
        {
            Parallel.For(0, tensor.RowCount, () => new float[columns], (row, _, values) =>
            {
                RowDecoder.Decode(tensor, row, values);
                Encode(type, values, copy.RowBytes(row));
                return values;
            }, static _ => { });
        }
        catch (AggregateException several) when (several.InnerExceptions[0] is TensorException first)
        {
            throw new TensorException($"Quantise: {tensor} to {type} — {first.Message}", first);
        }
        return copy;
    }

    // A scale is at most the largest value, so what fits a half is sure to have a scale that does; the converse does not matter for weights.
    private static void CheckRange(DType type, ReadOnlySpan<float> source)
    {
        if (type is DType.F32 or DType.F64)
            return;
        float limit = type == DType.BF16 ? TooLargeForBrainFloat : TooLargeForHalf;
        // NaN is the largest of all to this function, so it does not pass.
        if (source.IsEmpty || MathF.Abs(TensorPrimitives.MaxMagnitude(source)) < limit)
            return;
        for (int i = 0; i < source.Length; i++)
            if (!(MathF.Abs(source[i]) < limit) && (type.IsQuantised() || float.IsFinite(source[i])))
                throw new TensorException($"Encode: the value {source[i]} at {i} cannot be held by {type} — expected finite values below {limit} in size.");
    }
}
