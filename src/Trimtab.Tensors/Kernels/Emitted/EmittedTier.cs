using System.Runtime.Intrinsics.X86;
using Trimtab.Tensors.Kernels.Panels;

namespace Trimtab.Tensors.Kernels.Emitted;

/// <summary>The formats of the tier <see cref="KernelTier.Emitted"/> that run, and why the others do not. A format is offered once all of its tiles gave the right sums.</summary>
internal sealed class EmittedTier
{
    private static readonly Lazy<EmittedTier> LazyHere = new(() => Find(DotInstructions.Here, PagedTiles.Of));

    private readonly Dictionary<DType, EmittedPanels> _formats;

    private EmittedTier(IEnumerable<EmittedPanels> formats, string reason) => (_formats, Reason) = (formats.ToDictionary(f => f.Type), reason);

    /// <summary>What this process can run, found out once.</summary>
    public static EmittedTier Here => LazyHere.Value;

    /// <summary>Whether there is any format.</summary>
    public bool Available => _formats.Count > 0;

    /// <summary>What runs, or why nothing does.</summary>
    public string Reason { get; }

    /// <summary>The format of a type; null where the tier below serves it.</summary>
    /// <exception cref="TensorException">The tier does not run here.</exception>
    public PanelFormat? For(DType type) => Available
        ? _formats.GetValueOrDefault(type)
        : throw new TensorException($"KernelTier: {KernelTier.Emitted} does not run here — {Reason}. Use {nameof(KernelTiers)}.{nameof(KernelTiers.Best)}.");

    /// <summary>Emits what the processor's instructions allow and tries it. One wrong sum refuses the whole tier: then the instructions are not what they seem.</summary>
    /// <param name="processor">The instructions there are.</param>
    /// <param name="place">Makes an emitter's tiles runnable.</param>
    public static EmittedTier Find(DotInstructions processor, Func<TileEmitter, TileCode> place)
    {
        if (processor.Missing is { } missing)
            return new([], $"the processor, its operating system or the runtime's settings lack {missing}");
        try
        {
            List<EmittedPanels> formats = [new ByteDotPanels(place(new ByteDotTiles())), new NibbleDotPanels(place(new NibbleDotTiles()))];
            if (processor.BrainDot)
                formats.Add(new BrainDotPanels(place(new BrainDotTiles())));
            return formats.Select(TrialProduct.Disagreement).FirstOrDefault(d => d is not null) is { } disagreement
                ? new([], disagreement)
                : new(formats, $"dot products for {string.Join(", ", formats.Select(f => f.Type))}{(processor.BrainDot ? "" : "; the processor lacks AVX-512 BF16")}");
        }
        catch (TensorException refusal)
        {
            return new([], refusal.Message);
        }
    }
}

/// <summary>Which of the instructions that the runtime has no names for the processor has.</summary>
/// <param name="Foundation">AVX-512 F, kept by the operating system across switches of threads and not turned off in the runtime.</param>
/// <param name="ByteDot"><c>vpdpbusd</c>.</param>
/// <param name="BrainDot"><c>vdpbf16ps</c>.</param>
internal readonly record struct DotInstructions(bool Foundation, bool ByteDot, bool BrainDot)
{
    /// <summary>This process's.</summary>
    public static DotInstructions Here => X86Base.IsSupported && Environment.Is64BitProcess && Avx512F.IsSupported ? Ask() : default;

    /// <summary>What the tier cannot do without and is not there.</summary>
    public string? Missing => !Foundation ? "AVX-512" : !ByteDot ? "AVX-512 VNNI" : null;

    // Leaf 7 exists wherever AVX-512 does; its first part tells how many parts there are.
    private static DotInstructions Ask()
    {
        var (lastPart, _, features, _) = X86Base.CpuId(7, 0);
        bool brainDot = lastPart >= 1 && (X86Base.CpuId(7, 1).Eax >> 5 & 1) != 0;
        return new DotInstructions(true, (features >> 11 & 1) != 0, brainDot);
    }
}
