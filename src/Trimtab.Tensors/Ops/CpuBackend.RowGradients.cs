using System.Numerics.Tensors;
using Trimtab.Tensors.Kernels.Cpu;

namespace Trimtab.Tensors.Ops;

/// <content>The backward side of operations on rows.</content>
public sealed partial class CpuBackend
{
    /// <inheritdoc/>
    public override unsafe void RmsNormGradient(Tensor x, Tensor weight, float eps, Tensor dy, Tensor dx, Tensor? dweight)
    {
        int size = (int)weight.Count, rows = (int)(x.Count / size), width = dweight is null ? 0 : size;
        using var memory = ThreadBuffer.Rent(ScratchUse.Rows, BlockSums.Bytes(rows, width));
        var sums = new BlockSums(memory.Floats, rows, width);
        team.For(sums.Count, Grain(32L * size), (x, weight, eps, dy, dx, size, sums), static (s, start, end) =>
        {
            using var buffer = ThreadBuffer.Rent(ScratchUse.Kernel, (long)s.size * sizeof(float));
            var normed = new Span<float>(buffer.Floats, s.size);
            for (int block = start; block < end; block++)
            {
                var sum = s.sums.Block(block);
                sum.Clear();
                var (first, last) = s.sums.Rows(block);
                for (int i = first; i < last; i++)
                    NormGradient.Rms(Group(s.x, i, s.size), s.weight.Values, s.eps, Group(s.dy, i, s.size), Group(s.dx, i, s.size), sum, normed);
            }
        });
        if (dweight is not null)
            sums.AddTo(dweight.Values);
    }

    /// <inheritdoc/>
    public override unsafe void LayerNormGradient(Tensor x, Tensor weight, float eps, Tensor dy, Tensor dx, Tensor? dweight, Tensor? dbias)
    {
        int size = x.Columns, ofWeight = dweight is null ? 0 : size, width = ofWeight + (dbias is null ? 0 : size);
        using var memory = ThreadBuffer.Rent(ScratchUse.Rows, BlockSums.Bytes(x.RowCount, width));
        var sums = new BlockSums(memory.Floats, x.RowCount, width);
        team.For(sums.Count, Grain(32L * size), (x, weight, eps, dy, dx, ofWeight, sums), static (s, start, end) =>
        {
            using var buffer = ThreadBuffer.Rent(ScratchUse.Kernel, (long)s.x.Columns * sizeof(float));
            var normed = new Span<float>(buffer.Floats, s.x.Columns);
            for (int block = start; block < end; block++)
            {
                var sum = s.sums.Block(block);
                sum.Clear();
                var (first, last) = s.sums.Rows(block);
                for (int i = first; i < last; i++)
                    NormGradient.Layer(s.x.Row(i), s.weight.Values, s.eps, s.dy.Row(i), s.dx.Row(i), sum[..s.ofWeight], sum[s.ofWeight..], normed);
            }
        });
        if (dweight is not null)
            sums.AddTo(dweight.Values);
        if (dbias is not null)
            sums.AddTo(dbias.Values, ofWeight);
    }

    /// <inheritdoc/>
    public override void RotateGradient(Tensor dx, int headSize, int offset, Tensor cos, Tensor sin, RotaryPairs pairs) =>
        team.For(dx.RowCount, Grain(dx.Columns), (dx, headSize, offset, cos, sin, pairs), static (s, start, end) =>
        {
            for (int t = start; t < end; t++)
                for (var row = s.dx.Row(t); !row.IsEmpty; row = row[s.headSize..])
                    RotaryGradient.Rotate(row.Slice(s.offset, 2 * s.cos.Columns), s.cos.Row(t), s.sin.Row(t), s.pairs);
        });

    /// <inheritdoc/>
    public override void ActivateGradient(Tensor x, Activation activation, Tensor dy, Tensor dx) =>
        team.For(x.RowCount, Grain(x.Columns), (x, activation, dy, dx), static (s, start, end) =>
        {
            for (int i = start; i < end; i++)
                ActivationGradient.Apply(s.x.Row(i), s.activation, s.dy.Row(i), s.dx.Row(i));
        });

    /// <inheritdoc/>
    public override void GateGradient(Tensor gate, Tensor up, Activation activation, Tensor dz, Tensor dgate, Tensor dup) =>
        team.For(gate.RowCount, Grain(gate.Columns), (gate, up, activation, dz, dgate, dup), static (s, start, end) =>
        {
            for (int i = start; i < end; i++)
                ActivationGradient.Gate(s.gate.Row(i), s.up.Row(i), s.activation, s.dz.Row(i), s.dgate.Row(i), s.dup.Row(i));
        });

    /// <inheritdoc/>
    public override void SoftCapGradient(Tensor y, float cap, Tensor dy, Tensor dx) =>
        team.For(y.RowCount, Grain(y.Columns), (y, cap, dy, dx), static (s, start, end) =>
        {
            for (int i = start; i < end; i++)
                Kernels.Cpu.SoftmaxGradient.SoftCap(s.y.Row(i), s.cap, s.dy.Row(i), s.dx.Row(i));
        });

    /// <inheritdoc/>
    public override void SoftmaxGradient(Tensor y, Tensor dy, Tensor dx) =>
        team.For(y.RowCount, Grain(y.Columns), (y, dy, dx), static (s, start, end) =>
        {
            for (int i = start; i < end; i++)
                Kernels.Cpu.SoftmaxGradient.Apply(s.y.Row(i), s.dy.Row(i), s.dx.Row(i));
        });

    /// <inheritdoc/>
    public override unsafe void GatherGradient(Tensor dy, ReadOnlySpan<int> ids, Tensor dtable)
    {
        // Threads share out columns, not rows: an id that occurs twice is added by one thread, in order.
        fixed (int* pointer = ids)
            team.For(dy.Columns, Grain(dy.RowCount), (dy, ids: (nint)pointer, dtable), static (s, start, end) =>
            {
                for (int t = 0; t < s.dy.RowCount; t++)
                {
                    var target = s.dtable.Row(((int*)s.ids)[t])[start..end];
                    TensorPrimitives.Add(target, s.dy.Row(t)[start..end], target);
                }
            });
    }

    /// <inheritdoc/>
    public override void ScatterAddGradient(Tensor x, ReadOnlySpan<int> rows, ReadOnlySpan<float> weights, Tensor dy, Tensor dx, Span<float> dweights)
    {
        for (int t = 0; t < rows.Length; t++)
        {
            if (!dweights.IsEmpty)
                dweights[t] = TensorPrimitives.Dot<float>(x.Row(t), dy.Row(rows[t]));
            TensorPrimitives.Multiply(dy.Row(rows[t]), weights[t], dx.Row(t));
        }
    }

    /// <inheritdoc/>
    public override unsafe void CrossEntropy(Tensor logits, ReadOnlySpan<int> targets, float scale, Tensor losses, Tensor? dlogits)
    {
        fixed (int* pointer = targets)
            team.For(logits.RowCount, Grain(logits.Columns), (logits, targets: (nint)pointer, scale, losses, dlogits), static (s, start, end) =>
            {
                using var scratch = ThreadBuffer.Rent(ScratchUse.Kernel, CrossEntropyKernel.Block * sizeof(float));
                for (int t = start; t < end; t++)
                {
                    int target = ((int*)s.targets)[t];
                    s.losses.Values[t] = target < 0 ? 0
                        : s.dlogits is null ? CrossEntropyKernel.Loss(s.logits.Row(t), target, new Span<float>(scratch.Floats, CrossEntropyKernel.Block))
                        : CrossEntropyKernel.Gradient(s.logits.Row(t), target, s.scale, s.dlogits.Row(t));
                    if (target < 0)
                        s.dlogits?.Row(t).Clear();
                }
            });
    }

    private static Span<float> Group(Tensor tensor, int group, int size) => tensor.Values.Slice(group * size, size);
}
