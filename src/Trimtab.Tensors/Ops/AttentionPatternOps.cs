using System.Numerics.Tensors;
using Trimtab.Tensors.Autograd;

namespace Trimtab.Tensors.Ops;

/// <summary>
/// The two halves of causal attention, for gradients where the probabilities between them were edited. They are plain loops: nobody trains under such an edit for speed. Each sequence begins at position 0; P is
/// [T, H·keys], with as many keys for each head as the longest sequence has.
/// </summary>
public static class AttentionPatternOps
{
    extension(Tensor x)
    {
        /// <summary>
        /// Says that x [T, H·keys] is the attention probabilities of q over k, computed by <see cref="Backend.AttentionPattern"/> sequence by sequence, so that gradients find their way to them:
        /// dS = P ⊙ (dP − Σ P dP), through the soft-cap where there is one, dq = scale · dS k, dk = scale · dSᵀ q.
        /// </summary>
        /// <param name="q">[T, H·E].</param>
        /// <param name="k">[T, Hk·E].</param>
        /// <param name="sequences">The rows of each sequence.</param>
        /// <param name="shape">The sizes and rules.</param>
        public Tensor AsPatternOf(Tensor q, Tensor k, IReadOnlyList<Range> sequences, in AttentionShape shape) =>
            q.WantsGradient || k.WantsGradient ? x.MadeBy(new PatternNode(x, q, k, sequences, shape)) : x;

        /// <summary>
        /// Says that x [T, H·Ev] is the mix of values under the probabilities, computed by <see cref="Backend.AttentionMix"/> sequence by sequence: dP = dy vᵀ, dv = Pᵀ dy.
        /// </summary>
        /// <param name="pattern">P.</param>
        /// <param name="v">[T, Hk·Ev].</param>
        /// <param name="sequences">The rows of each sequence.</param>
        /// <param name="shape">The sizes and rules.</param>
        public Tensor AsMixOf(Tensor pattern, Tensor v, IReadOnlyList<Range> sequences, in AttentionShape shape) =>
            pattern.WantsGradient || v.WantsGradient ? x.MadeBy(new MixNode(pattern, v, sequences, shape)) : x;
    }

    private delegate void HeadRow(int row, int head, int keyHead, Range seen, int firstRow);

    // Every query's row and head with the keys that it sees: key j of its sequence is row firstRow + j.
    private static void ForEach(IReadOnlyList<Range> sequences, int rowCount, AttentionShape shape, HeadRow action)
    {
        foreach (var rows in sequences)
        {
            var (first, count) = rows.GetOffsetAndLength(rowCount);
            for (int position = 0; position < count; position++)
                for (int head = 0; head < shape.Heads; head++)
                    action(first + position, head, head / (shape.Heads / shape.KeyHeads), shape.FirstKey(position)..(position + 1), first);
        }
    }

    private static Span<float> Head(Tensor x, int row, int head, int size) => x.Row(row).Slice(head * size, size);

    private static Tensor Zeros(Tensor beside, Shape shape)
    {
        var zeros = beside.NewLike(shape);
        zeros.Values.Clear();
        return zeros;
    }

    private sealed class PatternNode(Tensor pattern, Tensor q, Tensor k, IReadOnlyList<Range> sequences, AttentionShape shape) : Node(q, k)
    {
        public override bool ReadsResult => true;

        protected override void Backward(Tensor dy)
        {
            var (dq, dk) = (Zeros(dy, q.Shape), Zeros(dy, k.Shape));
            int keys = pattern.Columns / shape.Heads, size = shape.KeySize;
            ForEach(sequences, pattern.RowCount, shape, (row, head, keyHead, seen, firstRow) =>
            {
                ReadOnlySpan<float> p = Head(pattern, row, head, keys)[seen], dp = Head(dy, row, head, keys)[seen], query = Head(q, row, head, size);
                float mean = TensorPrimitives.Dot(p, dp);
                var dquery = Head(dq, row, head, size);
                for (int i = 0; i < p.Length; i++)
                {
                    int keyRow = firstRow + seen.Start.Value + i;
                    ReadOnlySpan<float> key = Head(k, keyRow, keyHead, size);
                    float ds = p[i] * (dp[i] - mean) * shape.Scale * CapSlope(query, key);
                    TensorPrimitives.MultiplyAdd(key, ds, dquery, dquery);
                    var dkey = Head(dk, keyRow, keyHead, size);
                    TensorPrimitives.MultiplyAdd(query, ds, dkey, dkey);
                }
            });
            q.Node?.Accumulate(dq, isFresh: true);
            k.Node?.Accumulate(dk, isFresh: true);
        }

        // c·tanh(s/c) has the slope 1 − tanh².
        private float CapSlope(ReadOnlySpan<float> query, ReadOnlySpan<float> key)
        {
            if (shape.SoftCap == 0)
                return 1;
            float tanh = MathF.Tanh(shape.Scale * TensorPrimitives.Dot(query, key) / shape.SoftCap);
            return 1 - tanh * tanh;
        }
    }

    private sealed class MixNode(Tensor pattern, Tensor v, IReadOnlyList<Range> sequences, AttentionShape shape) : Node(pattern, v)
    {
        protected override void Backward(Tensor dy)
        {
            var (dp, dv) = (Zeros(dy, pattern.Shape), Zeros(dy, v.Shape));
            int keys = pattern.Columns / shape.Heads, size = shape.ValueSize;
            ForEach(sequences, pattern.RowCount, shape, (row, head, keyHead, seen, firstRow) =>
            {
                ReadOnlySpan<float> p = Head(pattern, row, head, keys)[seen], dmix = Head(dy, row, head, size);
                var dprobabilities = Head(dp, row, head, keys)[seen];
                for (int i = 0; i < p.Length; i++)
                {
                    int keyRow = firstRow + seen.Start.Value + i;
                    dprobabilities[i] = TensorPrimitives.Dot(dmix, Head(v, keyRow, keyHead, size));
                    var dvalue = Head(dv, keyRow, keyHead, size);
                    TensorPrimitives.MultiplyAdd(dmix, p[i], dvalue, dvalue);
                }
            });
            pattern.Node?.Accumulate(dp, isFresh: true);
            v.Node?.Accumulate(dv, isFresh: true);
        }
    }
}
