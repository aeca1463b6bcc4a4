using static Iced.Intel.AssemblerRegisters;

namespace Trimtab.Tensors.Kernels.Emitted;

/// <summary>Q4_0: the nibbles of a panel are codes + 8; a byte holds positions i (low) and i + 16 (high) of its block.</summary>
internal sealed class NibbleTiles : BlockTiles
{
    /// <inheritdoc/>
    public override int PanelStep => NibblePanels.Bytes;

    /// <inheritdoc/>
    protected override int CorrectionOffset => ByteRows.NibbleCorrectionOffset;

    /// <inheritdoc/>
    protected override void Groups(TileFrame frame, int panel)
    {
        var (code, pairs, nibbles) = (frame.Code, Passing(frame, 0), Passing(frame, 1));
        var mask = __dword_bcst[frame.Argument(nameof(TileArguments.NibbleMask))];
        for (int group = 0; group < 4; group++)
        {
            code.vmovdqu32(pairs, __zmmword_ptr[TileFrame.Panel(panel, BlockPanels.GroupOffset(group))]);
            code.vpandd(nibbles, pairs, mask);
            Multiply(frame, panel, nibbles, group);
            code.vpsrld(pairs, pairs, 4);
            code.vpandd(nibbles, pairs, mask);
            Multiply(frame, panel, nibbles, group + 4);
        }
    }
}
