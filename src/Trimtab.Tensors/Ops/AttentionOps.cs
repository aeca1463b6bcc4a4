using Trimtab.Tensors.Autograd;
using static Trimtab.Tensors.Ops.OperandChecks;

namespace Trimtab.Tensors.Ops;

/// <summary>Rotation by position and causal attention, and their gradients.</summary>
public static class AttentionOps
{
    extension(Tensor x)
    {
        /// <summary>x with its heads turned by their positions; see <see cref="Backend.Rotate"/>. The result takes the place of x, whose values are written over.</summary>
        public Tensor Rotate(int headSize, int offset, Tensor cos, Tensor sin, RotaryPairs pairs)
        {
            var y = x.Node is { ReadsResult: true } ? x.Copy() : x;
            y.Backend.Rotate(y, headSize, offset, cos, sin, pairs);
            return y.WantsGradient ? y.Region(0, y.Shape).MadeBy(new RotateNode(y, headSize, offset, cos, sin, pairs)) : y;
        }

        /// <summary>
        /// Says that x [T, H·Ev] is the causal attention of q over k and v, computed by <see cref="Backend.Attention"/> sequence by sequence, each from position 0 on, so that
        /// gradients find their way to them.
        /// </summary>
        /// <param name="q">[T, H·E].</param>
        /// <param name="k">[T, Hk·E].</param>
        /// <param name="v">[T, Hk·Ev].</param>
        /// <param name="sequences">The rows of each sequence.</param>
        /// <param name="shape">The sizes and rules.</param>
        public Tensor AsAttentionOf(Tensor q, Tensor k, Tensor v, IReadOnlyList<Range> sequences, in AttentionShape shape) =>
            q.WantsGradient || k.WantsGradient || v.WantsGradient ? x.MadeBy(new AttentionNode(q, k, v, sequences, shape)) : x;
    }

    extension(Tensor dy)
    {
        /// <summary>The gradients of causal attention; see <see cref="Backend.AttentionGradient"/>.</summary>
        /// <exception cref="TensorException">The sizes do not fit the shape, or a query lies behind the last key.</exception>
        public (Tensor Q, Tensor K, Tensor V) AttentionGradient(Tensor q, Tensor k, Tensor v, int firstPosition, in AttentionShape shape)
        {
            bool fits = q.Columns == shape.Heads * shape.KeySize && dy.Columns == shape.Heads * shape.ValueSize && k.Columns == shape.KeyHeads * shape.KeySize
                && v.Columns == shape.KeyHeads * shape.ValueSize && q.RowCount == dy.RowCount && k.RowCount == v.RowCount;
            Require(fits, "AttentionGradient", $"sizes differ — gradient {dy}, q {q}, k {k}, v {v} for {shape}.");
            Require(firstPosition >= 0 && firstPosition + q.RowCount <= k.RowCount, "AttentionGradient",
                $"{q.RowCount} queries from position {firstPosition} do not lie among the {k.RowCount} keys. Every query's own key must be there.");
            var (dq, dk, dv) = (dy.NewLike(q.Shape), dy.NewLike(k.Shape), dy.NewLike(v.Shape));
            dy.Backend.AttentionGradient(q, k, v, dy, firstPosition, shape, dq, dk, dv);
            return (dq, dk, dv);
        }
    }

    private sealed class RotateNode(Tensor x, int headSize, int offset, Tensor cos, Tensor sin, RotaryPairs pairs) : Node(x)
    {
        protected override void Backward(Tensor dy)
        {
            var dx = dy.Copy();
            dx.Backend.RotateGradient(dx, headSize, offset, cos, sin, pairs);
            x.Node!.Accumulate(dx, isFresh: true);
        }
    }

    private sealed class AttentionNode(Tensor q, Tensor k, Tensor v, IReadOnlyList<Range> sequences, AttentionShape shape) : Node(q, k, v)
    {
        protected override void Backward(Tensor dy)
        {
            var (dq, dk, dv) = (dy.NewLike(q.Shape), dy.NewLike(k.Shape), dy.NewLike(v.Shape));
            foreach (var rows in sequences)
                dy.Backend.AttentionGradient(Rows(q, rows), Rows(k, rows), Rows(v, rows), Rows(dy, rows), 0, shape, Rows(dq, rows), Rows(dk, rows), Rows(dv, rows));
            q.Node?.Accumulate(dq, isFresh: true);
            k.Node?.Accumulate(dk, isFresh: true);
            v.Node?.Accumulate(dv, isFresh: true);
        }

        private static Tensor Rows(Tensor x, Range rows)
        {
            var (first, count) = rows.GetOffsetAndLength(x.RowCount);
            return x.Region((long)first * x.Columns, new Shape(count, x.Columns));
        }
    }
}
