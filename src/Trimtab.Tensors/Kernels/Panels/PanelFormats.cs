namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>The panel format of each element type at each tier.</summary>
internal static class PanelFormats
{
    /// <summary>The format that holds weights of <paramref name="type"/>, exactly or, for types without kernels of their own, as the nearest type that has.</summary>
    public static PanelFormat For(DType type, KernelTier tier) => type switch
    {
        DType.F16 => new FloatPanels<HalfElement>(tier),
        DType.BF16 => new FloatPanels<BrainElement>(tier),
        _ => new FloatPanels<SingleElement>(tier),
    };
}
