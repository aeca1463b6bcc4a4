using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Models.Adapters;

/// <summary>What an adapter adds to one layer: y += scale · (x Aᵀ) Bᵀ.</summary>
/// <param name="a">A [rank, in].</param>
/// <param name="b">B [out, rank].</param>
/// <param name="scale">The factor.</param>
/// <param name="dropout">Leaves inputs out while the adapter is trained; null for none.</param>
public sealed class LoraLayer(Tensor a, Tensor b, float scale, LoraDropout? dropout = null)
{
    /// <summary>A [rank, in].</summary>
    public Tensor A { get; } = a;

    /// <summary>B [out, rank].</summary>
    public Tensor B { get; } = b;

    /// <summary>The factor.</summary>
    public float Scale { get; } = scale;

    /// <summary>x [T, in] → what is added, [T, out].</summary>
    public Tensor Forward(Tensor x) => (dropout?.Apply(x) ?? x).MatMul(A).Scale(Scale).MatMul(B);

    /// <summary>The part that adds to outputs <paramref name="start"/> … start + count − 1, over the same memory.</summary>
    internal LoraLayer Outputs(int start, int count) => new(A, B.Slice(start, count), Scale, dropout);
}
