namespace Trimtab.Tensors.Ops;

/// <summary>
/// The backward side of <see cref="TensorOps"/>: each checks its sizes, allocates the gradients of activations beside the gradient that came, and calls the backend.
/// </summary>
public static class GradientOps
{
    extension(Tensor dy)
    {
        /// <summary>dy · W, the gradient of what went into a product with a packed weight: dy [.., N], W [N, K], result [.., K].</summary>
        /// <exception cref="TensorException">The rows of dy are not as long as the weight has outputs.</exception>
        public Tensor MatMulInputGradient(PackedWeight weight)
        {
            Require(dy.Columns == weight.Outputs, "MatMulInputGradient", $"sizes differ — gradient {dy}, weight {weight}. The gradient's last axis must be the weight's outputs.");
            var dx = dy.NewLike(dy.Shape.WithLast(weight.Inner));
            dy.Backend.MatMulInputGradient(dy, weight, dx);
            return dx;
        }

        /// <summary>Adds dyᵀ · x, the gradient of a product's weight, to dW: dy [.., N], x [.., K], dW [N, K].</summary>
        /// <exception cref="TensorException">The sizes do not fit.</exception>
        public void AddMatMulWeightGradient(Tensor x, Tensor dw)
        {
            Require(dy.RowCount == x.RowCount && dw.Shape == new Shape(dy.Columns, x.Columns), "MatMulWeightGradient",
                $"sizes differ — gradient {dy}, input {x}, weight's gradient {dw}. The first two need equally many rows, the third the shape [{dy.Columns}, {x.Columns}].");
            dy.Backend.MatMulWeightGradient(dy, x, dw, add: true);
        }

        /// <summary>The gradient of a root-mean-square norm's input; its weight's is added to <paramref name="dweight"/>, where that is given.</summary>
        /// <exception cref="TensorException">The sizes do not fit.</exception>
        public Tensor RmsNormGradient(Tensor x, Tensor weight, float eps, Tensor? dweight = null)
        {
            RequireSame("RmsNormGradient", dy, x);
            Require(x.Columns % weight.Count == 0 && (dweight is null || dweight.Count == weight.Count), "RmsNormGradient",
                $"the weight {weight} or its gradient {dweight?.ToString() ?? "none"} does not fit the rows of {x}.");
            var dx = dy.NewLike(x.Shape);
            dy.Backend.RmsNormGradient(x, weight, eps, dy, dx, dweight);
            return dx;
        }

        /// <summary>The gradient of a layer norm's input; those of its weight and bias are added to what is given for them.</summary>
        /// <exception cref="TensorException">The sizes do not fit.</exception>
        public Tensor LayerNormGradient(Tensor x, Tensor weight, float eps, Tensor? dweight = null, Tensor? dbias = null)
        {
            RequireSame("LayerNormGradient", dy, x);
            Require(x.Columns == weight.Count && (dweight is null || dweight.Count == weight.Count) && (dbias is null || dbias.Count == weight.Count), "LayerNormGradient",
                $"the weight {weight}, its gradient {dweight?.ToString() ?? "none"} or the bias's {dbias?.ToString() ?? "none"} does not fit the rows of {x}.");
            var dx = dy.NewLike(x.Shape);
            dy.Backend.LayerNormGradient(x, weight, eps, dy, dx, dweight, dbias);
            return dx;
        }

        /// <summary>dy ⊙ activation′(x).</summary>
        public Tensor ActivateGradient(Tensor x, Activation activation)
        {
            RequireSame("ActivateGradient", dy, x);
            var dx = dy.NewLike(x.Shape);
            dy.Backend.ActivateGradient(x, activation, dy, dx);
            return dx;
        }

        /// <summary>The gradients of activation(gate) ⊙ up.</summary>
        public (Tensor Gate, Tensor Up) GateGradient(Tensor gate, Tensor up, Activation activation)
        {
            RequireSame("GateGradient", dy, gate);
            RequireSame("GateGradient", dy, up);
            var (dgate, dup) = (dy.NewLike(gate.Shape), dy.NewLike(up.Shape));
            dy.Backend.GateGradient(gate, up, activation, dy, dgate, dup);
            return (dgate, dup);
        }

        /// <summary>dy ⊙ (1 − (y / cap)²), where y is what the soft-cap gave.</summary>
        public Tensor SoftCapGradient(Tensor y, float cap)
        {
            RequireSame("SoftCapGradient", dy, y);
            var dx = dy.NewLike(y.Shape);
            dy.Backend.SoftCapGradient(y, cap, dy, dx);
            return dx;
        }

        /// <summary>y ⊙ (dy − Σ y ⊙ dy) for each row, where y is what the softmax gave.</summary>
        public Tensor SoftmaxGradient(Tensor y)
        {
            RequireSame("SoftmaxGradient", dy, y);
            var dx = dy.NewLike(y.Shape);
            dy.Backend.SoftmaxGradient(y, dy, dx);
            return dx;
        }

        /// <summary>Adds dy[t] to row ids[t] of a table's gradient [V, D], in the order of t.</summary>
        /// <exception cref="TensorException">An id lies outside the table, or the sizes do not fit.</exception>
        public void AddGatherGradient(ReadOnlySpan<int> ids, Tensor dtable)
        {
            Require(ids.Length == dy.RowCount && dtable.Columns == dy.Columns, "GatherGradient", $"{ids.Length} ids and the gradient {dy} do not fit the table's gradient {dtable}.");
            foreach (int id in ids)
                Require((uint)id < (uint)dtable.RowCount, "GatherGradient", $"id {id} lies outside the table's gradient {dtable}. Ids must be 0 … {dtable.RowCount - 1}.");
            dy.Backend.GatherGradient(dy, ids, dtable);
        }

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

    /// <summary>
    /// The mean cross-entropy of rows of logits [T, V] with tokens, in nats, over the rows whose target is not −1; and its gradient, written to
    /// <paramref name="dlogits"/> where that is given (it may be the logits). 0 where all rows are masked.
    /// </summary>
    /// <exception cref="TensorException">The sizes do not fit, or a target is neither −1 nor in the vocabulary.</exception>
    public static double CrossEntropy(this Tensor logits, ReadOnlySpan<int> targets, Tensor? dlogits = null)
    {
        Require(targets.Length == logits.RowCount, "CrossEntropy", $"{targets.Length} targets for {logits}. Every row needs one; −1 masks a row.");
        if (dlogits is not null)
            RequireSame("CrossEntropy", logits, dlogits);
        int count = 0;
        foreach (int target in targets)
        {
            Require(target >= -1 && target < logits.Columns, "CrossEntropy", $"target {target} lies outside the {logits.Columns} logits of a row. Targets must be 0 … {logits.Columns - 1}, or −1 for a masked row.");
            count += target < 0 ? 0 : 1;
        }
        var losses = logits.NewLike(new Shape(logits.RowCount));
        logits.Backend.CrossEntropy(logits, targets, count == 0 ? 0 : 1f / count, losses, dlogits);
        double sum = 0;
        foreach (float loss in losses.Values)
            sum += loss;
        return count == 0 ? 0 : sum / count;
    }

    private static void RequireSame(string operation, Tensor x, Tensor y) => Require(x.Shape == y.Shape, operation, $"shapes differ — {x} and {y}.");

    private static void Require(bool condition, string operation, FormattableString message)
    {
        if (!condition)
            throw new TensorException($"{operation}: {FormattableString.Invariant(message)}");
    }
}
