using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Models.Layers;

/// <summary>The attention half of a block: reads the normed residual stream and returns what is added to it, before any post-norm.</summary>
public interface IAttention
{
    /// <summary>The width of the heads' outputs side by side, H·Ev.</summary>
    int HeadsWidth { get; }

    /// <summary>x [T, D] → [T, D].</summary>
    Tensor Forward(Tensor x, int layer, Pass pass);
}

/// <summary>Makes queries, keys and values of the rows; checkpoints store the three products in different ways.</summary>
public interface IQueryKeyValue
{
    /// <summary>x [T, D] → q [T, H·E], k [T, Hk·E], v [T, Hk·Ev].</summary>
    (Tensor Q, Tensor K, Tensor V) Forward(Tensor x);
}

/// <summary>Three layers, or three parts of one whose outputs lie one after the other (Phi-3).</summary>
public sealed class SeparateQueryKeyValue(Linear q, Linear k, Linear v) : IQueryKeyValue
{
    /// <inheritdoc/>
    public (Tensor Q, Tensor K, Tensor V) Forward(Tensor x) => Linear.Forward(x, q, k, v);
}

/// <summary>One layer whose output row is all queries, then all keys, then all values (GPT-2, whose weight cannot be cut into views).</summary>
public sealed class ConcatenatedQueryKeyValue(Linear qkv) : IQueryKeyValue
{
    /// <inheritdoc/>
    public (Tensor Q, Tensor K, Tensor V) Forward(Tensor x)
    {
        var all = qkv.Forward(x);
        int width = all.Columns / 3;
        return (all.TakeColumns(0, width), all.TakeColumns(width, width), all.TakeColumns(2 * width, width));
    }
}

/// <summary>One layer whose output row is, head by head, the head's query, key and value (GPT-NeoX).</summary>
public sealed class PerHeadQueryKeyValue(Linear qkv, int heads) : IQueryKeyValue
{
    /// <inheritdoc/>
    public (Tensor Q, Tensor K, Tensor V) Forward(Tensor x)
    {
        int rows = x.RowCount, size = qkv.OutputSize / 3 / heads;
        var perHead = qkv.Forward(x).Reshape(new Shape(rows * heads, 3 * size));
        Tensor Part(int index) => perHead.TakeColumns(index * size, size).Reshape(new Shape(rows, heads * size));
        return (Part(0), Part(1), Part(2));
    }
}

/// <summary>Causal attention with grouped heads: o(softmax(scale · q·k) v). The parts that an architecture lacks are null.</summary>
public sealed class Attention : IAttention
{
    /// <summary>Makes q, k and v.</summary>
    public required IQueryKeyValue QueryKeyValue { get; init; }

    /// <summary>Brings the heads' outputs back to the residual width.</summary>
    public required Linear Output { get; init; }

    /// <summary>Sizes, scale, soft-cap and window.</summary>
    public required AttentionShape Shape { get; init; }

    /// <summary>Turns queries and keys by position; null where positions are learned embeddings.</summary>
    public RotaryEmbedding? Rotary { get; init; }

    /// <summary>Norm of the queries before rotation: per head, or over the whole row (OLMoE).</summary>
    public INorm? QueryNorm { get; init; }

    /// <summary>Norm of the keys before rotation.</summary>
    public INorm? KeyNorm { get; init; }

    /// <summary>Bound on the absolute value of q, k and v after their norms ("clip_qkv"); 0 for none.</summary>
    public float Clip { get; init; }

    /// <inheritdoc/>
    public int HeadsWidth => Shape.Heads * Shape.ValueSize;

    /// <inheritdoc/>
    public Tensor Forward(Tensor x, int layer, Pass pass)
    {
        var (q, k, v) = QueryKeyValue.Forward(x);
        q = Clipped(QueryNorm?.Forward(q) ?? q);
        k = Clipped(KeyNorm?.Forward(k) ?? k);
        v = Clipped(v);
        if (Rotary is not null)
        {
            q = pass.Rotate(Rotary, q, Shape.KeySize);
            k = pass.Rotate(Rotary, k, Shape.KeySize);
        }
        var heads = pass.Attend(layer, q, k, v, Shape);
        return Output.Forward(pass.At(Site.AttnHeads, layer, heads));
    }

    private Tensor Clipped(Tensor x) => Clip > 0 ? x.Clamp(-Clip, Clip) : x;
}
