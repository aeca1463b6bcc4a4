namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>Panels of a float type: for each inner position the values of the 16 outputs, as <typeparamref name="TElement"/> keeps them.</summary>
internal sealed unsafe class FloatPanels<TElement>(KernelTier tier) : PanelFormat where TElement : struct, IPanelElement
{
    /// <inheritdoc/>
    public override string Name => $"{TElement.Type}, {tier}";

    /// <inheritdoc/>
    public override DType Type => TElement.Type;

    /// <inheritdoc/>
    public override RowForm Rows => RowForm.Single;

    /// <inheritdoc/>
    public override int InnerBlock => FloatProduct.InnerBlock;

    /// <inheritdoc/>
    public override int ScratchBytes => FloatProduct.ScratchBytes;

    /// <inheritdoc/>
    public override long PanelBytes(int inner) => ValueBytes(inner) + TElement.TrailerBytes;

    /// <inheritdoc/>
    public override void Pack(byte** rows, int inner, byte* panel) => TElement.Pack(rows, inner, panel, panel + ValueBytes(inner));

    /// <inheritdoc/>
    public override void Multiply(in PanelTask task)
    {
        switch (tier)
        {
            case KernelTier.Avx512: FloatProduct<Line512, TElement>.Multiply(task); break;
            case KernelTier.Avx2: FloatProduct<Line256, TElement>.Multiply(task); break;
            default: FloatProduct<Line128, TElement>.Multiply(task); break;
        }
    }

    /// <inheritdoc/>
    public override void Decode(byte* panel, int inner, int start, int count, float* target) =>
        FloatProduct<Line128, TElement>.Unpack(panel + (long)start * Width * TElement.Bytes, exact: false, count, target);

    /// <summary>The bytes of a panel's values, so that what follows them is aligned.</summary>
    public static long ValueBytes(int inner) => Aligned((long)inner * Width * TElement.Bytes);
}
