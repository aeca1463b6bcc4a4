namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>The panel format of each element type at each tier.</summary>
internal static class PanelFormats
{
    /// <summary>The format that holds weights of <paramref name="type"/>, exactly or, for types without kernels of their own, as the nearest type that has.</summary>
    public static PanelFormat For(DType type, KernelTier tier) => type switch
    {
        DType.Q4_K => new SuperBlockPanels<Q4SuperBlock>(tier),
        DType.Q5_K => new SuperBlockPanels<Q5SuperBlock>(tier),
        DType.Q6_K => new SuperBlockPanels<Q6SuperBlock>(tier),
        _ => new SinglePanels(tier),
    };
}
