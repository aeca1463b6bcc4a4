using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Trimtab.Tensors.Kernels.Emitted;

/// <summary>Q4_0: the nibbles of a panel are codes + 8; a byte holds positions i (low) and i + 16 (high) of its block.</summary>
internal sealed class NibbleDotTiles : BlockDotTiles
{
    /// <inheritdoc/>
    public override int PanelStep => NibbleDotPanels.Bytes;

    /// <inheritdoc/>
    protected override int CorrectionOffset => ByteRows.NibbleCorrectionOffset;

    /// <inheritdoc/>
    protected override void Begin(TileFrame frame) =>
        frame.Code.vpbroadcastd(Mask(frame), __dword_ptr[frame.Argument(nameof(TileArguments.NibbleMask))]);

    /// <inheritdoc/>
    protected override void Groups(TileFrame frame)
    {
        for (int group = 0; group < 4; group++)
        {
            Load(frame, group);
            TakeLow(frame);
            Multiply(frame, Nibbles, group);
            for (int panel = 0; panel < frame.PanelCount; panel++)
                frame.Code.vpsrld(Weights(frame, panel), Weights(frame, panel), 4);
            TakeLow(frame);
            Multiply(frame, Nibbles, group + 4);
        }
    }

    private static void TakeLow(TileFrame frame)
    {
        for (int panel = 0; panel < frame.PanelCount; panel++)
            frame.Code.vpandd(Nibbles(frame, panel), Weights(frame, panel), Mask(frame));
    }

    private static AssemblerRegisterZMM Mask(TileFrame frame) => Spare(frame, 0);

    private static AssemblerRegisterZMM Nibbles(TileFrame frame, int panel) => Spare(frame, 1 + panel);
}
