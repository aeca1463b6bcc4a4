using static Iced.Intel.AssemblerRegisters;

namespace Trimtab.Tensors.Kernels.Emitted;

/// <summary>BF16 by <c>vdpbf16ps</c>: a step is one pair of inner positions, 16 outputs × 2 brain floats of a panel times 2 brain floats of each row.</summary>
internal sealed class BrainDotTiles : TileEmitter
{
    /// <inheritdoc/>
    public override int MaxRows => 8;

    /// <inheritdoc/>
    public override int PanelStep => BrainDotPanels.PairBytes;

    /// <inheritdoc/>
    public override int RowStep => BrainPairRows.PairBytes;

    /// <inheritdoc/>
    protected override void Step(TileFrame frame)
    {
        for (int panel = 0; panel < frame.PanelCount; panel++)
            frame.Code.vmovups(frame.Temporary(panel), __zmmword_ptr[TileFrame.Panel(panel, 0)]);
        var activation = frame.Temporary(frame.PanelCount);
        for (int row = 0; row < frame.Rows; row++)
        {
            frame.Code.vpbroadcastd(activation, __dword_ptr[TileFrame.Row(row, 0)]);
            for (int panel = 0; panel < frame.PanelCount; panel++)
                frame.Code.vdpbf16ps(frame.Sum(row, panel), frame.Temporary(panel), activation);
        }
    }
}
