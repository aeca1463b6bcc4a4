using System.Numerics;
using System.Runtime.InteropServices;

namespace Trimtab.Tensors.Kernels.Quant;

/// <summary>Brain floats: the upper half of a single.</summary>
public static class BrainFloat
{
    /// <summary>Widens brain floats to singles; exact.</summary>
    public static void Decode(ReadOnlySpan<ushort> source, Span<float> target)
    {
        int i = 0;
        var bits = MemoryMarshal.Cast<float, uint>(target);
        for (; i <= source.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(source[i..]), out var low, out var high);
            (low << 16).CopyTo(bits[i..]);
            (high << 16).CopyTo(bits[(i + Vector<uint>.Count)..]);
        }
        for (; i < source.Length; i++)
            bits[i] = (uint)source[i] << 16;
    }

    /// <summary>Narrows singles to the nearest brain floats.</summary>
    public static void Encode(ReadOnlySpan<float> source, Span<ushort> target)
    {
        int i = 0;
        for (; i <= source.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
            Vector.Narrow(Encode(new Vector<float>(source[i..])), Encode(new Vector<float>(source[(i + Vector<uint>.Count)..]))).CopyTo(target[i..]);
        for (; i < source.Length; i++)
            target[i] = Encode(source[i]);
    }

    /// <summary>Narrows a single to the nearest brain float, ties to even; NaN stays NaN.</summary>
    public static ushort Encode(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value))
            return (ushort)((bits >> 16) | 0x40);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    private static Vector<uint> Encode(Vector<float> values)
    {
        var bits = Vector.AsVectorUInt32(values);
        var upper = bits >>> 16;
        var rounded = (bits + new Vector<uint>(0x7FFF) + (upper & Vector<uint>.One)) >>> 16;
        return Vector.ConditionalSelect(Vector.AsVectorUInt32(Vector.Equals(values, values)), rounded, upper | new Vector<uint>(0x40));
    }
}
