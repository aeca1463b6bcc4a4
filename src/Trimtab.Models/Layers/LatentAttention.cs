using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Models.Layers;

/// <summary>
/// Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434): keys and values are expanded from a narrow latent; a small rotated part, one for
/// all heads, carries the position. Each query and key head is [unrotated | rotated].
/// </summary>
public sealed class LatentAttention : IAttention
{
    /// <summary>Makes the queries [T, H·E]: one layer, or two with a norm between them.</summary>
    public required Func<Tensor, Tensor> Queries { get; init; }

    /// <summary>Makes the latent and the shared rotated key: [T, latent + rotated].</summary>
    public required Linear LatentDown { get; init; }

    /// <summary>Norm of the latent.</summary>
    public required INorm LatentNorm { get; init; }

    /// <summary>Expands the latent to, head by head, an unrotated key and a value: [T, H·(unrotated + Ev)].</summary>
    public required Linear LatentUp { get; init; }

    /// <summary>Brings the heads' outputs back to the residual width.</summary>
    public required Linear Output { get; init; }

    /// <summary>Sizes and scale; every head has its own keys here.</summary>
    public required AttentionShape Shape { get; init; }

    /// <summary>Turns the rotated part.</summary>
    public required RotaryEmbedding Rotary { get; init; }

    /// <inheritdoc/>
    public int HeadsWidth => Shape.Heads * Shape.ValueSize;

    private int Unrotated => Shape.KeySize - Rotary.Size;

    /// <inheritdoc/>
    public Tensor Forward(Tensor x, int layer, Pass pass)
    {
        var q = pass.Rotate(Rotary, Queries(x), Shape.KeySize, Unrotated);
        var compressed = LatentDown.Forward(x);
        int latentSize = compressed.Columns - Rotary.Size;
        var shared = pass.Rotate(Rotary, compressed.TakeColumns(latentSize, Rotary.Size), Rotary.Size);
        var expanded = LatentUp.Forward(LatentNorm.Forward(compressed.TakeColumns(0, latentSize)));
        var (k, v) = Expand(expanded, shared);
        var heads = pass.Attend(layer, q, k, v, Shape);
        return Output.Forward(pass.At(Site.AttnHeads, layer, heads));
    }

    // Every head has an unrotated key and a value of its own, and the one rotated key of its row.
    private (Tensor K, Tensor V) Expand(Tensor expanded, Tensor shared)
    {
        int rows = expanded.RowCount, heads = Shape.Heads;
        var perHead = expanded.Reshape(new Shape(rows * heads, Unrotated + Shape.ValueSize));
        Span<int> rowOfHead = rows * heads <= 256 ? stackalloc int[rows * heads] : new int[rows * heads];
        for (int i = 0; i < rowOfHead.Length; i++)
            rowOfHead[i] = i / heads;
        var k = perHead.TakeColumns(0, Unrotated).JoinColumns(shared.TakeRows(rowOfHead));
        var v = perHead.TakeColumns(Unrotated, Shape.ValueSize);
        return (k.Reshape(new Shape(rows, heads * Shape.KeySize)), v.Reshape(new Shape(rows, heads * Shape.ValueSize)));
    }
}
