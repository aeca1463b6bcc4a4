using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Models.Layers;

/// <summary>
/// A feed-forward of many experts of which each token uses a few: Σ weight(e) · expert(e)(x), plus what all tokens share. Tokens are grouped by
/// expert, so that each expert's weights are read once; a row adds up its experts in their order, whoever else is in the pass.
/// </summary>
/// <param name="router">Makes one logit per expert.</param>
/// <param name="routing">Turns logits into weights.</param>
/// <param name="experts">The experts.</param>
/// <param name="shared">The expert that every token uses, or null.</param>
/// <param name="sharedGate">A layer with one output whose sigmoid scales the shared expert, or null.</param>
public sealed class MixtureOfExperts(Linear router, Routing routing, IReadOnlyList<GatedMlp> experts, GatedMlp? shared = null, Linear? sharedGate = null) : IFeedForward
{
    /// <inheritdoc/>
    public IReadOnlyDictionary<Site, int> Widths { get; } = new Dictionary<Site, int> { [Site.RouterLogits] = experts.Count, [Site.RouterWeights] = experts.Count };

    /// <summary>How many experts there are to choose from.</summary>
    public int ExpertCount => experts.Count;

    /// <inheritdoc/>
    public Tensor Forward(Tensor x, int layer, Pass pass)
    {
        var logits = pass.At(Site.RouterLogits, layer, router.Forward(x));
        var weights = pass.At(Site.RouterWeights, layer, routing.Weights(logits));
        var y = Mixed(x, weights);
        return shared is null ? y : y.Add(Shared(x, shared));
    }

    private Tensor Mixed(Tensor x, Tensor weights)
    {
        var y = x.NewLike(x.Shape);
        y.Values.Clear();
        List<ExpertPart>? parts = null;
        using var groups = new ExpertRows(weights);
        for (int expert = 0; expert < experts.Count; expert++)
        {
            var rows = groups.Rows(expert);
            if (rows.IsEmpty)
                continue;
            var output = experts[expert].Forward(x.TakeRows(rows));
            x.Backend.ScatterAdd(output, rows, groups.Weights(expert), y);
            if (output.WantsGradient || weights.WantsGradient)
                (parts ??= []).Add(new ExpertPart(expert, output, rows.ToArray(), groups.Weights(expert).ToArray()));
        }
        return parts is null ? y : y.MadeBy(new ExpertMixNode(weights, parts));
    }

    private Tensor Shared(Tensor x, GatedMlp expert)
    {
        var output = expert.Forward(x);
        return sharedGate is null ? output : output.ScaleRows(sharedGate.Forward(x).Activate(Activation.Sigmoid));
    }
}
