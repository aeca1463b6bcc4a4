using System.Numerics.Tensors;
using Trimtab.Tensors;
using Trimtab.Tensors.Autograd;
using Trimtab.Tensors.Ops;

namespace Trimtab.Models.Layers;

/// <summary>How a router's logits become the weights of a few chosen experts. Equal scores go to the lower expert.</summary>
public sealed record Routing
{
    /// <summary>How many experts a token uses.</summary>
    public required int ExpertsPerToken { get; init; }

    /// <summary>Sigmoid of each logit alone (DeepSeek-V3), rather than a softmax over all.</summary>
    public bool Sigmoid { get; init; }

    /// <summary>Divide the chosen weights by their sum.</summary>
    public bool Normalise { get; init; }

    /// <summary>Factor on the weights at the end ("routed_scaling_factor").</summary>
    public float Scale { get; init; } = 1;

    /// <summary>Added to the scores for the choice only, never to the weights (DeepSeek-V3's load balancing); [experts] or null.</summary>
    public Tensor? CorrectionBias { get; init; }

    /// <summary>Into how many groups of equal size the experts fall; 1 for no groups.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>From how many groups experts are chosen.</summary>
    public int GroupsPerToken { get; init; } = 1;

    /// <summary>How many of a group's best scores are added up to rank the group: 1 (DeepSeek-V2) or 2 (V3).</summary>
    public int ScoresPerGroup { get; init; } = 1;

    /// <summary>logits [T, experts] → weights [T, experts], 0 for experts not chosen. Gradients pass through the chosen weights, and the choice has none.</summary>
    public Tensor Weights(Tensor logits)
    {
        var scores = Sigmoid ? logits.Activate(Activation.Sigmoid) : logits.Softmax();
        var weights = logits.NewLike(logits.Shape);
        weights.Values.Clear();
        Span<float> choice = stackalloc float[logits.Columns];
        for (int row = 0; row < logits.RowCount; row++)
        {
            scores.Row(row).CopyTo(choice);
            Choose(scores.Row(row), choice, weights.Row(row));
        }
        return scores.WantsGradient ? weights.MadeBy(new ChoiceNode(this, scores, weights)) : weights;
    }

    private void Choose(ReadOnlySpan<float> scores, Span<float> choice, Span<float> weights)
    {
        if (CorrectionBias is not null)
            TensorPrimitives.Add(choice, CorrectionBias.Values, choice);
        if (Groups > 1)
            MaskGroups(choice);
        float sum = 0;
        for (int i = 0; i < ExpertsPerToken; i++)
        {
            int best = TakeBest(choice);
            weights[best] = scores[best];
            sum += scores[best];
        }
        TensorPrimitives.Multiply(weights, Factor(sum), weights);
    }

    // What the chosen scores, of the given sum, are multiplied by.
    private float Factor(float sum) => Normalise ? Scale / (sum + 1e-20f) : Scale;

    // Experts outside the chosen groups get the score 0, as the published models were trained with; they can still be chosen where all others score less.
    private void MaskGroups(Span<float> choice)
    {
        int size = choice.Length / Groups;
        Span<float> ranks = stackalloc float[Groups];
        Span<float> scratch = stackalloc float[size];
        for (int group = 0; group < Groups; group++)
        {
            choice.Slice(group * size, size).CopyTo(scratch);
            ranks[group] = 0;
            for (int i = 0; i < ScoresPerGroup; i++)
            {
                int best = TensorPrimitives.IndexOfMax<float>(scratch);
                ranks[group] += scratch[best];
                scratch[best] = float.NegativeInfinity;
            }
        }
        Span<bool> kept = stackalloc bool[Groups];
        kept.Clear();
        for (int i = 0; i < GroupsPerToken; i++)
            kept[TakeBest(ranks)] = true;
        for (int group = 0; group < Groups; group++)
            if (!kept[group])
                choice.Slice(group * size, size).Clear();
    }

    private static int TakeBest(Span<float> values)
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
            if (values[i] > values[best])
                best = i;
        values[best] = float.NegativeInfinity;
        return best;
    }

    // w = f · s on the chosen scores, with f = Scale, or Scale / Σ s where they are normalised: ds = f · (dw − Σ dw ⊙ w / Scale).
    private sealed class ChoiceNode(Routing routing, Tensor scores, Tensor weights) : Node(scores)
    {
        public override bool ReadsResult => true;

        protected override void Backward(Tensor dy)
        {
            var dscores = dy.NewLike(dy.Shape);
            for (int row = 0; row < dy.RowCount; row++)
                Row(scores.Row(row), weights.Row(row), dy.Row(row), dscores.Row(row));
            scores.Node!.Accumulate(dscores, isFresh: true);
        }

        private void Row(ReadOnlySpan<float> scores, ReadOnlySpan<float> weights, ReadOnlySpan<float> dy, Span<float> dscores)
        {
            float sum = 0;
            for (int i = 0; i < scores.Length; i++)
                sum += weights[i] != 0 ? scores[i] : 0;
            float factor = routing.Factor(sum), mean = routing.Normalise ? TensorPrimitives.Dot(dy, weights) / routing.Scale : 0;
            for (int i = 0; i < scores.Length; i++)
                dscores[i] = weights[i] != 0 ? factor * (dy[i] - mean) : 0;
        }
    }
}
