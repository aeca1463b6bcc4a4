using static Iced.Intel.AssemblerRegisters;

namespace Trimtab.Tensors.Kernels.Emitted;

/// <summary>Q8_0: the bytes of a panel are codes + 128.</summary>
internal sealed class ByteTiles : BlockTiles
{
    /// <inheritdoc/>
    public override int PanelStep => BytePanels.Bytes;

    /// <inheritdoc/>
    protected override int CorrectionOffset => ByteRows.ByteCorrectionOffset;

    /// <inheritdoc/>
    protected override void Groups(TileFrame frame, int panel)
    {
        for (int group = 0; group < 8; group++)
        {
            frame.Code.vmovdqu32(Passing(frame, 0), __zmmword_ptr[TileFrame.Panel(panel, BlockPanels.GroupOffset(group))]);
            Multiply(frame, panel, Passing(frame, 0), group);
        }
    }
}
