using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Models.Layers;

/// <summary>One block of a decoder. Whatever its shape, it keeps the contract of <see cref="Site"/>.</summary>
public abstract class Block(int layer)
{
    /// <summary>Which block this is, from 0.</summary>
    public int Layer { get; } = layer;

    /// <summary>The sites that exist in this block and the widths of their rows; 0 where the width follows the text (the attention pattern).</summary>
    /// <param name="hiddenSize">D, the width of the residual stream.</param>
    public abstract IReadOnlyDictionary<Site, int> Widths(int hiddenSize);

    /// <summary>x [T, D], the residual stream before → after the block.</summary>
    public abstract Tensor Forward(Tensor x, Pass pass);

    private protected static SortedDictionary<Site, int> WidthsOf(int hiddenSize, IAttention attention, IFeedForward feedForward, bool hasMiddle)
    {
        var widths = new SortedDictionary<Site, int>
        {
            [Site.ResidPre] = hiddenSize, [Site.AttnHeads] = attention.HeadsWidth, [Site.AttnPattern] = 0, [Site.AttnOut] = hiddenSize, [Site.MlpOut] = hiddenSize, [Site.ResidPost] = hiddenSize,
        };
        if (hasMiddle)
            widths[Site.ResidMid] = hiddenSize;
        foreach (var (site, width) in feedForward.Widths)
            widths[site] = width;
        return widths;
    }
}

/// <summary>
/// Attention, then feed-forward, each reading the normed stream and adding to it; the added part may have a norm of its own (Gemma 2 and 3).
/// </summary>
public sealed class SequentialBlock(int layer) : Block(layer)
{
    /// <summary>Norm before attention.</summary>
    public required INorm AttentionNorm { get; init; }

    /// <summary>Attention.</summary>
    public required IAttention Attention { get; init; }

    /// <summary>Norm of what attention adds; null for none.</summary>
    public INorm? AttentionPostNorm { get; init; }

    /// <summary>Norm before the feed-forward.</summary>
    public required INorm FeedForwardNorm { get; init; }

    /// <summary>Feed-forward.</summary>
    public required IFeedForward FeedForward { get; init; }

    /// <summary>Norm of what the feed-forward adds; null for none.</summary>
    public INorm? FeedForwardPostNorm { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<Site, int> Widths(int hiddenSize) => WidthsOf(hiddenSize, Attention, FeedForward, hasMiddle: true);

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, Pass pass)
    {
        x = pass.At(Site.ResidPre, Layer, x);
        if (pass.IsStopped)
            return x;
        var attention = Attention.Forward(AttentionNorm.Forward(x), Layer, pass);
        x = x.Add(pass.At(Site.AttnOut, Layer, AttentionPostNorm?.Forward(attention) ?? attention));
        x = pass.At(Site.ResidMid, Layer, x);
        if (pass.IsStopped)
            return x;
        var feedForward = FeedForward.Forward(FeedForwardNorm.Forward(x), Layer, pass);
        x = x.Add(pass.At(Site.MlpOut, Layer, FeedForwardPostNorm?.Forward(feedForward) ?? feedForward));
        return pass.At(Site.ResidPost, Layer, x);
    }
}

/// <summary>Attention and feed-forward side by side, both reading the stream that enters the block (GPT-NeoX).</summary>
public sealed class ParallelBlock(int layer) : Block(layer)
{
    /// <summary>Norm before attention.</summary>
    public required INorm AttentionNorm { get; init; }

    /// <summary>Attention.</summary>
    public required IAttention Attention { get; init; }

    /// <summary>Norm before the feed-forward.</summary>
    public required INorm FeedForwardNorm { get; init; }

    /// <summary>Feed-forward.</summary>
    public required IFeedForward FeedForward { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<Site, int> Widths(int hiddenSize) => WidthsOf(hiddenSize, Attention, FeedForward, hasMiddle: false);

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x, Pass pass)
    {
        x = pass.At(Site.ResidPre, Layer, x);
        if (pass.IsStopped)
            return x;
        var attention = pass.At(Site.AttnOut, Layer, Attention.Forward(AttentionNorm.Forward(x), Layer, pass));
        if (pass.IsStopped)
            return x;
        var feedForward = pass.At(Site.MlpOut, Layer, FeedForward.Forward(FeedForwardNorm.Forward(x), Layer, pass));
        return pass.At(Site.ResidPost, Layer, x.Add(attention).Add(feedForward));
    }
}
