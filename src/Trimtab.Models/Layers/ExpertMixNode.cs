using Trimtab.Tensors;
using Trimtab.Tensors.Autograd;
using Trimtab.Tensors.Ops;

namespace Trimtab.Models.Layers;

/// <summary>What one expert added to a mixture.</summary>
/// <param name="Expert">Which expert.</param>
/// <param name="Output">What it made of its rows, [n, D].</param>
/// <param name="Rows">Which rows of the pass those are.</param>
/// <param name="Weights">With which weights it counts there.</param>
internal readonly record struct ExpertPart(int Expert, Tensor Output, int[] Rows, float[] Weights);

/// <summary>The way back through y[t] = Σ weight[t, e] · output of e on row t: to the experts' outputs, and to the weights of those that were chosen.</summary>
internal sealed class ExpertMixNode(Tensor weights, IReadOnlyList<ExpertPart> parts) : Node([weights, .. parts.Select(part => part.Output)])
{
    /// <inheritdoc/>
    protected override void Backward(Tensor dy)
    {
        var dweights = dy.NewLike(weights.Shape);
        dweights.Values.Clear();
        foreach (var part in parts)
        {
            var doutput = dy.NewLike(part.Output.Shape);
            var dfactors = new float[part.Rows.Length];
            dy.Backend.ScatterAddGradient(part.Output, part.Rows, part.Weights, dy, doutput, dfactors);
            part.Output.Node?.Accumulate(doutput, isFresh: true);
            for (int i = 0; i < dfactors.Length; i++)
                dweights.Row(part.Rows[i])[part.Expert] = dfactors[i];
        }
        weights.Node?.Accumulate(dweights, isFresh: true);
    }
}
