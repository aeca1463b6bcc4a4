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
}
