using Trimtab.Tensors.Kernels.Cpu;
using Trimtab.Tensors.Kernels.Panels;

namespace Trimtab.Tensors.Ops;

/// <content>The backward side.</content>
public sealed partial class CpuBackend
{
    /// <inheritdoc/>
    public override void MatMulInputGradient(Tensor dy, PackedWeight weight, Tensor dx, bool add = false) =>
        Multiply(dy, leftTurned: false, new TurnedPanels(weight), null, dx, add);

    /// <inheritdoc/>
    public override void MatMulWeightGradient(Tensor dy, Tensor x, Tensor dw, bool add = false) =>
        Multiply(dy, leftTurned: true, new InputMajorPanels(x), null, dw, add);

    /// <inheritdoc/>
    public override void AttentionGradient(Tensor q, Tensor k, Tensor v, Tensor dy, int firstPosition, in AttentionShape shape, Tensor dq, Tensor dk, Tensor dv)
    {
        var work = new Kernels.Cpu.AttentionGradient(Singles, new AttentionOperands(q, k, v, dy, dq, dk, dv), firstPosition, shape);
        team.For(shape.KeyHeads, Grain((long)q.Count * k.RowCount), work, static (work, start, end) => work.Run(start, end));
    }

    // The threads share out the columns or, where those are few, the rows.
    private void Multiply<TPanels>(Tensor left, bool leftTurned, TPanels right, Tensor? bias, Tensor output, bool add) where TPanels : struct, IPanelSource
    {
        if (right.Inner == 0 && !add)
            output.Values.Clear();
        var product = new BlockedProduct<TPanels>(Singles, left, leftTurned, right, bias, output, add);
        int unit = right.ColumnUnit, units = (output.Columns + unit - 1) / unit, rows = output.RowCount;
        if (units >= 4 * team.Threads || units * unit >= rows)
            team.For(units, Grain((long)rows * right.Inner * unit), (product, unit, output), static (s, start, end) =>
                s.product.Run(start * s.unit, Math.Min(end * s.unit, s.output.Columns), 0, s.output.RowCount));
        else
            team.For(rows, Grain((long)output.Columns * right.Inner), (product, output), static (s, start, end) => s.product.Run(0, s.output.Columns, start, end));
    }
}
