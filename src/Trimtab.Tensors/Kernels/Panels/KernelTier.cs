using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Trimtab.Tensors.Kernels.Emitted;

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
    /// <summary>512-bit vectors, and dot-product instructions that the runtime has no names for, in code emitted at run time.</summary>
    Emitted,
}

/// <summary>Which tiers the processor has.</summary>
public static class KernelTiers
{
    /// <summary>The fastest that runs here.</summary>
    public static KernelTier Best { get; } = EmittedTier.Here.Available ? KernelTier.Emitted : BestCompiled;

    /// <summary>The fastest that runs here without code emitted at run time.</summary>
    public static KernelTier BestCompiled => Vector512.IsHardwareAccelerated && Avx512F.IsSupported ? KernelTier.Avx512
        : Avx2.IsSupported && Fma.IsSupported ? KernelTier.Avx2
        : KernelTier.Portable;

    /// <summary>Every tier, slowest first: whether it runs here, and what it runs with or lacks.</summary>
    public static IReadOnlyList<TierReport> Report() =>
    [
        new(KernelTier.Portable, true, "128-bit vectors"),
        Compiled(KernelTier.Avx2, "AVX2 and FMA"),
        Compiled(KernelTier.Avx512, "AVX-512"),
        new(KernelTier.Emitted, EmittedTier.Here.Available, EmittedTier.Here.Reason),
    ];

    private static TierReport Compiled(KernelTier tier, string needs) => BestCompiled >= tier
        ? new(tier, true, needs)
        : new(tier, false, $"the processor, its operating system or the runtime's settings lack {needs}");
}

/// <summary>Whether a tier runs on this machine.</summary>
/// <param name="Tier">The tier.</param>
/// <param name="Available">Whether products can be computed with it.</param>
/// <param name="Reason">What it runs with, or why it does not.</param>
public sealed record TierReport(KernelTier Tier, bool Available, string Reason);
