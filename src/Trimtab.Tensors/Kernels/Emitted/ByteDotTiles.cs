namespace Trimtab.Tensors.Kernels.Emitted;

/// <summary>Q8_0: the bytes of a panel are codes + 128.</summary>
internal sealed class ByteDotTiles : BlockDotTiles
{
    /// <inheritdoc/>
    public override int PanelStep => ByteDotPanels.Bytes;

    /// <inheritdoc/>
    protected override int CorrectionOffset => ByteRows.ByteCorrectionOffset;

    /// <inheritdoc/>
    protected override void Groups(TileFrame frame)
    {
        for (int group = 0; group < 8; group++)
        {
            Load(frame, group);
            Multiply(frame, Weights, group);
        }
    }
}
