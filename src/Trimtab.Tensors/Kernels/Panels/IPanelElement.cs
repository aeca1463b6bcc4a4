namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>How panels hold the values of one float type: position after position, <see cref="PanelFormat.Width"/> values each, and a trailer.</summary>
internal unsafe interface IPanelElement
{
    /// <summary>The element type.</summary>
    static abstract DType Type { get; }

    /// <summary>Bytes of one value.</summary>
    static abstract int Bytes { get; }

    /// <summary>Bytes behind a panel's values, for what <see cref="Pack"/> found out about them: a multiple of 64.</summary>
    static abstract int TrailerBytes { get; }

    /// <summary>Writes one panel; see <see cref="PanelFormat.Pack"/>.</summary>
    static abstract void Pack(byte** rows, int inner, byte* panel, byte* trailer);

    /// <summary>Whether <see cref="Load"/> gives every value of a panel exactly.</summary>
    static abstract bool LoadsExactly(byte* trailer);

    /// <summary>The values of one position, in few instructions: for panels that stream by.</summary>
    static abstract TLine Load<TLine>(byte* source) where TLine : struct, ILine<TLine>;

    /// <summary>The values of one position, exact whatever they are.</summary>
    static abstract TLine LoadExactly<TLine>(byte* source) where TLine : struct, ILine<TLine>;

    /// <summary>Up to how many rows a panel is best multiplied as it lies; more share the work of turning a block of it into singles.</summary>
    static abstract int DirectRows<TLine>() where TLine : struct, ILine<TLine>;
}
