using Trimtab.Tensors.Kernels.Panels;
using Trimtab.Tensors.Storage;

namespace Trimtab.Tensors.Ops;

/// <summary>
/// A weight [N, K] laid out once for products, in panels that stream through the processor; see <see cref="Backend.Pack"/>. It is a copy: the tensor that it was made from
/// is not needed for products any more. Immutable.
/// </summary>
public sealed unsafe class PackedWeight : IDisposable
{
    private readonly NativeStorage _panels;

    internal PackedWeight(PanelFormat format, int outputs, int inner)
    {
        (Format, Outputs, Inner, PanelStride) = (format, outputs, inner, format.PanelBytes(inner));
        PanelCount = (outputs + PanelFormat.Width - 1) / PanelFormat.Width;
        _panels = NativeStorage.Allocate(PanelCount * PanelStride);
    }

    /// <summary>N, the size of a row that comes out.</summary>
    public int Outputs { get; }

    /// <summary>K, the size of a row that goes in.</summary>
    public int Inner { get; }

    /// <summary>The element type that the panels hold.</summary>
    public DType Type => Format.Type;

    /// <summary>The element type and the instructions that multiply it.</summary>
    public string Kernel => Format.Name;

    /// <summary>The bytes of the panels.</summary>
    public long ByteCount => _panels.ByteCount;

    internal PanelFormat Format { get; }

    internal int PanelCount { get; }

    internal long PanelStride { get; }

    internal byte* Panel(int index) => _panels.Pointer + index * PanelStride;

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _panels.Dispose();

    /// <inheritdoc/>
    public override string ToString() => $"[{Outputs}, {Inner}] {Kernel}";
}

/// <summary>One of several products of the same rows: y = x · Wᵀ + bias.</summary>
/// <param name="Weight">W [N, K].</param>
/// <param name="Bias">[N] F32, or null.</param>
/// <param name="Output">y [T, N].</param>
public readonly record struct Product(PackedWeight Weight, Tensor? Bias, Tensor Output);
