using Trimtab.Tensors.Kernels.Emitted;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>The panel format of each element type at each tier.</summary>
internal static class PanelFormats
{
    /// <summary>The format that holds weights of <paramref name="type"/>, exactly or, for types without kernels of their own, as the nearest type that has.</summary>
    public static PanelFormat For(DType type, KernelTier tier) => tier == KernelTier.Emitted ? Emitted(type) : type switch
    {
        DType.F16 or DType.Q4_1 or DType.Q5_1 => new FloatPanels<HalfElement>(tier),
        DType.BF16 => new FloatPanels<BrainElement>(tier),
        DType.Q8_0 => new BytePanels(tier),
        DType.Q5_0 => new BytePanels(tier, DType.Q5_0),
        DType.Q4_0 => new NibblePanels(tier),
        DType.Q4_K => new SuperBlockPanels<Q4SuperBlock>(tier),
        DType.Q5_K => new SuperBlockPanels<Q5SuperBlock>(tier),
        DType.Q6_K => new SuperBlockPanels<Q6SuperBlock>(tier),
        _ => new FloatPanels<SingleElement>(tier),
    };

    // Emitted code serves the types that its instructions multiply; the tier below serves the rest, or says which of these types is the nearest.
    private static PanelFormat Emitted(DType type)
    {
        var compiled = For(type, KernelTier.Avx512);
        return EmittedTier.Here.For(type) ?? EmittedTier.Here.For(compiled.Type) ?? compiled;
    }
}
