using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Trimtab.Tensors.Kernels.Quant;

/// <summary>Turns the codes of blocks into the values they stand for, sixteen at a time.</summary>
internal static class CodeWidening
{
    private const int Lanes = 8;

    /// <summary>target[i] = scale · code[i], the codes read as signed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scaled(Vector128<byte> codes, float scale, Span<float> target)
    {
        var (low, high) = Singles(codes);
        (low * scale).CopyTo(target);
        (high * scale).CopyTo(target[Lanes..]);
    }

    /// <summary>target[i] = scale · code[i] + offset, rounded twice; the codes are below 128.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Shifted(Vector128<byte> codes, float scale, float offset, Span<float> target)
    {
        var (low, high) = Singles(codes);
        (low * scale + Vector256.Create(offset)).CopyTo(target);
        (high * scale + Vector256.Create(offset)).CopyTo(target[Lanes..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> Low, Vector256<float> High) Singles(Vector128<byte> codes)
    {
        var (low, high) = Vector256.Widen(Vector256.Create(Vector128.WidenLower(codes.AsSByte()), Vector128.WidenUpper(codes.AsSByte())));
        return (Vector256.ConvertToSingle(low), Vector256.ConvertToSingle(high));
    }
}
