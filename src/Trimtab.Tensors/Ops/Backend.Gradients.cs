namespace Trimtab.Tensors.Ops;

/// <content>
/// The backward side of the operations: each takes the gradient of a number with respect to an operation's result and gives those with respect to what went in.
/// Sums over rows are taken in ascending or in one fixed order, so that no result depends on the number of threads.
/// Gradients of activations are written over what the target holds. Gradients of parameters (weights of norms, biases, tables) are added to it: a parameter meets
/// several batches. The two products can do either.
/// </content>
public abstract partial class Backend
{
    /// <summary>The gradient of what went into a product with a packed weight, which may be frozen and of any type: dx = dy · W.</summary>
    /// <param name="dy">[T, N] F32.</param>
    /// <param name="weight">W [N, K].</param>
    /// <param name="dx">[T, K] F32.</param>
    /// <param name="add">Whether the gradient is added to what <paramref name="dx"/> holds.</param>
    public abstract void MatMulInputGradient(Tensor dy, PackedWeight weight, Tensor dx, bool add = false);

    /// <summary>The gradient of a product's weight: dW = dyᵀ · x.</summary>
    /// <param name="dy">[T, N] F32.</param>
    /// <param name="x">[T, K] F32.</param>
    /// <param name="dw">[N, K] F32.</param>
    /// <param name="add">Whether the gradient is added to what <paramref name="dw"/> holds.</param>
    public abstract void MatMulWeightGradient(Tensor dy, Tensor x, Tensor dw, bool add = false);

    /// <summary>The gradients of <see cref="Attention"/>; nothing of the forward pass is needed but what went in. Keys that no query saw get 0.</summary>
    /// <param name="q">[T, H·E], at positions first … first + T − 1.</param>
    /// <param name="k">[keys, Hk·E], at positions 0 … keys − 1.</param>
    /// <param name="v">[keys, Hk·Ev].</param>
    /// <param name="dy">[T, H·Ev].</param>
    /// <param name="firstPosition">The position of the first query.</param>
    /// <param name="shape">The sizes and rules.</param>
    /// <param name="dq">As q.</param>
    /// <param name="dk">As k.</param>
    /// <param name="dv">As v.</param>
    public abstract void AttentionGradient(Tensor q, Tensor k, Tensor v, Tensor dy, int firstPosition, in AttentionShape shape, Tensor dq, Tensor dk, Tensor dv);

    /// <summary>The gradients of <see cref="RmsNorm"/>, over groups of weight.Count values.</summary>
    /// <param name="x">What was normed.</param>
    /// <param name="weight">The norm's weight.</param>
    /// <param name="eps">As in the norm.</param>
    /// <param name="dy">As x.</param>
    /// <param name="dx">As x; must be neither x nor dy.</param>
    /// <param name="dweight">As the weight, or null where it is frozen.</param>
    public abstract void RmsNormGradient(Tensor x, Tensor weight, float eps, Tensor dy, Tensor dx, Tensor? dweight);

    /// <summary>The gradients of <see cref="LayerNorm"/>.</summary>
    /// <param name="x">[T, D], what was normed.</param>
    /// <param name="weight">[D].</param>
    /// <param name="eps">As in the norm.</param>
    /// <param name="dy">As x.</param>
    /// <param name="dx">As x; must be neither x nor dy.</param>
    /// <param name="dweight">[D], or null where it is frozen.</param>
    /// <param name="dbias">[D], or null where it is frozen or there is none.</param>
    public abstract void LayerNormGradient(Tensor x, Tensor weight, float eps, Tensor dy, Tensor dx, Tensor? dweight, Tensor? dbias);

    /// <summary>The gradient of <see cref="Rotate"/>: turns the gradient of its result back, in place. Sizes as there.</summary>
    public abstract void RotateGradient(Tensor dx, int headSize, int offset, Tensor cos, Tensor sin, RotaryPairs pairs);

    /// <summary>dx = dy ⊙ activation′(x), elementwise; dx may be either of them.</summary>
    public abstract void ActivateGradient(Tensor x, Activation activation, Tensor dy, Tensor dx);

    /// <summary>dgate = dz ⊙ up ⊙ activation′(gate) and dup = dz ⊙ activation(gate), elementwise; the results may be any of what goes in, but not each other.</summary>
    public abstract void GateGradient(Tensor gate, Tensor up, Activation activation, Tensor dz, Tensor dgate, Tensor dup);

    /// <summary>dx = dy ⊙ (1 − (y / cap)²) for y = cap · tanh(x / cap), the result of <see cref="SoftCap"/>; dx may be either of them.</summary>
    public abstract void SoftCapGradient(Tensor y, float cap, Tensor dy, Tensor dx);

    /// <summary>dx = y ⊙ (dy − Σ y ⊙ dy) for each row of y, the result of <see cref="Softmax"/>; dx may be either of them.</summary>
    public abstract void SoftmaxGradient(Tensor y, Tensor dy, Tensor dx);

    /// <summary>The table's gradient of <see cref="Gather"/>: dtable[ids[t]] += dy[t], in the order of t; an id may occur several times.</summary>
    /// <param name="dy">[T, D].</param>
    /// <param name="ids">T ids.</param>
    /// <param name="dtable">[V, D] F32.</param>
    public abstract void GatherGradient(Tensor dy, ReadOnlySpan<int> ids, Tensor dtable);

    /// <summary>The gradients of <see cref="ScatterAdd"/>: dx[t] = weights[t] · dy[rows[t]] and dweights[t] = x[t] · dy[rows[t]].</summary>
    /// <param name="x">[T, D], what was added.</param>
    /// <param name="rows">T rows of dy.</param>
    /// <param name="weights">T factors.</param>
    /// <param name="dy">[any, D].</param>
    /// <param name="dx">As x; may be x.</param>
    /// <param name="dweights">T values, or empty where they are not wanted.</param>
    public abstract void ScatterAddGradient(Tensor x, ReadOnlySpan<int> rows, ReadOnlySpan<float> weights, Tensor dy, Tensor dx, Span<float> dweights);

    /// <summary>
    /// The cross-entropy of rows of logits with tokens, losses[t] = log Σ e^logit − logits[t][targets[t]], and on request its gradient, dlogits[t] = scale · (softmax − 1 at
    /// the target). Rows whose target is negative are masked: loss and gradient 0.
    /// </summary>
    /// <param name="logits">[T, V].</param>
    /// <param name="targets">T tokens.</param>
    /// <param name="scale">The weight of a row's loss in the number that is differentiated: 1 / (rows that count) for their mean.</param>
    /// <param name="losses">[T].</param>
    /// <param name="dlogits">As the logits, may be the logits; or null.</param>
    public abstract void CrossEntropy(Tensor logits, ReadOnlySpan<int> targets, float scale, Tensor losses, Tensor? dlogits);
}
