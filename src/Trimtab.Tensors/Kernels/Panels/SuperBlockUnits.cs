using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>The half-precision scales of super-blocks, sixteen outputs at a time.</summary>
internal static unsafe class SuperBlockUnits
{
    /// <summary>Sixteen halves as singles, exactly, subnormals and infinities included. (The processor's own instruction for it has no intrinsic.)</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Decode(ushort* halves, out Vector256<float> low, out Vector256<float> high)
    {
        var bits = Vector256.Load(halves);
        low = Decode(Vector256.WidenLower(bits));
        high = Decode(Vector256.WidenUpper(bits));
    }

    // A half's exponent and fraction, moved to a single's places, read as the value times 2⁻¹¹²; subnormals too. Only infinity and NaN have to be put right.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Decode(Vector256<uint> half)
    {
        var size = half & Vector256.Create(0x7FFFu);
        var value = (size << 13).AsSingle() * Vector256.Create(5.192296858534828e33f);
        var special = Vector256.GreaterThan(size.AsInt32(), Vector256.Create(0x7BFF)).AsUInt32() & Vector256.Create(0x7F800000u);
        return (value.AsUInt32() | special | (half & Vector256.Create(0x8000u)) << 16).AsSingle();
    }
}
