using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>The instructions that products are computed with.</summary>
public enum KernelTier
{
    /// <summary>128-bit vectors that every processor has, Arm included.</summary>
    Portable,
    /// <summary>256-bit vectors with fused multiply-add.</summary>
    Avx2,
    /// <summary>512-bit vectors.</summary>
    Avx512,
}

/// <summary>Which tiers the processor has.</summary>
public static class KernelTiers
{
    /// <summary>The fastest that runs here.</summary>
    public static KernelTier Best { get; } = Vector512.IsHardwareAccelerated && Avx512F.IsSupported ? KernelTier.Avx512
        : Avx2.IsSupported && Fma.IsSupported ? KernelTier.Avx2
        : KernelTier.Portable;
}
