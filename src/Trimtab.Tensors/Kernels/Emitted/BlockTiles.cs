using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Trimtab.Tensors.Kernels.Emitted;

/// <summary>
/// Integer codes in blocks of 32 by <c>vpdpbusd</c>, unsigned bytes of the weights times signed bytes of the rows. A step is one block: its integer sums begin at the rows'
/// correction for the weights' unsigned offset, are exact, and join the single-precision sums by one fused multiply-add with (weight scale × row scale).
/// </summary>
internal abstract class BlockTiles : TileEmitter
{
    /// <inheritdoc/>
    /// <remarks>Five rows × two panels have 10 single and 10 integer sums; two registers are left for what passes.</remarks>
    public sealed override int MaxRows => 5;

    /// <inheritdoc/>
    public sealed override int RowStep => ByteRows.BlockBytes;

    /// <summary>Where in a row's block its correction for the weights' offset stands.</summary>
    protected abstract int CorrectionOffset { get; }

    /// <summary>Emits the integer sums of one panel: a pass over its groups of four positions × 16 outputs.</summary>
    protected abstract void Groups(TileFrame frame, int panel);

    /// <inheritdoc/>
    protected sealed override void Step(TileFrame frame)
    {
        for (int row = 0; row < frame.Rows; row++)
            for (int panel = 0; panel < frame.PanelCount; panel++)
                frame.Code.vpbroadcastd(Codes(frame, row, panel), __dword_ptr[TileFrame.Row(row, CorrectionOffset)]);
        for (int panel = 0; panel < frame.PanelCount; panel++)
            Groups(frame, panel);
        for (int panel = 0; panel < frame.PanelCount; panel++)
            Scale(frame, panel);
    }

    /// <summary>Emits the products of four positions: the unsigned bytes in <paramref name="weights"/> times group <paramref name="group"/> of every row.</summary>
    protected static void Multiply(TileFrame frame, int panel, AssemblerRegisterZMM weights, int group)
    {
        for (int row = 0; row < frame.Rows; row++)
            frame.Code.vpdpbusd(Codes(frame, row, panel), weights, __dword_bcst[TileFrame.Row(row, group * 4)]);
    }

    /// <summary>One of the two registers that hold what passes.</summary>
    protected static AssemblerRegisterZMM Passing(TileFrame frame, int index) => frame.Temporary(frame.Rows * frame.PanelCount + index);

    private static void Scale(TileFrame frame, int panel)
    {
        var (code, weightScale, scale) = (frame.Code, Passing(frame, 0), Passing(frame, 1));
        code.vcvtph2ps(weightScale, __ymmword_ptr[TileFrame.Panel(panel, 0)]);
        for (int row = 0; row < frame.Rows; row++)
        {
            var sum = Codes(frame, row, panel);
            code.vmulps(scale, weightScale, __dword_bcst[TileFrame.Row(row, ByteRows.ScaleOffset)]);
            code.vcvtdq2ps(sum, sum);
            code.vfmadd231ps(frame.Sum(row, panel), sum, scale);
        }
    }

    private static AssemblerRegisterZMM Codes(TileFrame frame, int row, int panel) => frame.Temporary(row * frame.PanelCount + panel);
}
