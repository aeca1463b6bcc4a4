using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Trimtab.Tensors.Kernels.Emitted;

/// <summary>
/// Integer codes in blocks of 32 by <c>vpdpbusd</c>, unsigned bytes of the weights times signed bytes of the rows. A step is one block: its integer sums begin at the rows'
/// correction for the weights' unsigned offset, are exact, and join the single-precision sums by one fused multiply-add with (weight scale × row scale).
/// </summary>
internal abstract class BlockDotTiles : TileEmitter
{
    /// <inheritdoc/>
    /// <remarks>Four rows × two panels have 8 single and 8 integer sums; six registers are left for what passes.</remarks>
    public sealed override int MaxRows => 4;

    /// <inheritdoc/>
    public sealed override int RowStep => ByteRows.BlockBytes;

    /// <summary>Where in a row's block its correction for the weights' offset stands.</summary>
    protected abstract int CorrectionOffset { get; }

    /// <summary>Emits the integer sums of a block: a pass over its groups of four positions × 16 outputs.</summary>
    protected abstract void Groups(TileFrame frame);

    /// <inheritdoc/>
    protected sealed override void Step(TileFrame frame)
    {
        for (int row = 0; row < frame.Rows; row++)
        {
            frame.Code.vpbroadcastd(Codes(frame, row, 0), __dword_ptr[TileFrame.Row(row, CorrectionOffset)]);
            for (int panel = 1; panel < frame.PanelCount; panel++)
                frame.Code.vmovdqa32(Codes(frame, row, panel), Codes(frame, row, 0));
        }
        Groups(frame);
        Scale(frame);
    }

    /// <summary>Emits the loads of one group of every panel.</summary>
    protected static void Load(TileFrame frame, int group)
    {
        for (int panel = 0; panel < frame.PanelCount; panel++)
            frame.Code.vmovdqu32(Weights(frame, panel), __zmmword_ptr[TileFrame.Panel(panel, BlockDotPanels.GroupOffset(group))]);
    }

    /// <summary>Emits the products of four positions: the unsigned bytes in <paramref name="weights"/> of each panel times group <paramref name="group"/> of every row.</summary>
    protected static void Multiply(TileFrame frame, Func<TileFrame, int, AssemblerRegisterZMM> weights, int group)
    {
        for (int row = 0; row < frame.Rows; row++)
        {
            frame.Code.vpbroadcastd(Activation(frame), __dword_ptr[TileFrame.Row(row, group * 4)]);
            for (int panel = 0; panel < frame.PanelCount; panel++)
                frame.Code.vpdpbusd(Codes(frame, row, panel), weights(frame, panel), Activation(frame));
        }
    }

    /// <summary>The register of a panel's loaded group.</summary>
    protected static AssemblerRegisterZMM Weights(TileFrame frame, int panel) => frame.Temporary(frame.Rows * frame.PanelCount + panel);

    /// <summary>A register behind those named here, <paramref name="index"/> from 0; the first one keeps its value from block to block.</summary>
    protected static AssemblerRegisterZMM Spare(TileFrame frame, int index) => frame.Temporary((frame.Rows + 1) * frame.PanelCount + 1 + index);

    private static void Scale(TileFrame frame)
    {
        var (code, rowScale, scale) = (frame.Code, Activation(frame), Spare(frame, 1));
        for (int panel = 0; panel < frame.PanelCount; panel++)
            code.vcvtph2ps(Weights(frame, panel), __ymmword_ptr[TileFrame.Panel(panel, 0)]);
        for (int row = 0; row < frame.Rows; row++)
        {
            code.vpbroadcastd(rowScale, __dword_ptr[TileFrame.Row(row, ByteRows.ScaleOffset)]);
            for (int panel = 0; panel < frame.PanelCount; panel++)
            {
                var sum = Codes(frame, row, panel);
                code.vmulps(scale, Weights(frame, panel), rowScale);
                code.vcvtdq2ps(sum, sum);
                code.vfmadd231ps(frame.Sum(row, panel), sum, scale);
            }
        }
    }

    private static AssemblerRegisterZMM Codes(TileFrame frame, int row, int panel) => frame.Temporary(row * frame.PanelCount + panel);

    private static AssemblerRegisterZMM Activation(TileFrame frame) => frame.Temporary((frame.Rows + 1) * frame.PanelCount);
}
