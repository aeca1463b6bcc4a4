using Trimtab.Steering.Sae;

namespace Trimtab.Training.Sae;

/// <summary>
/// Positive activations, kept few by a penalty on their sum (Bricken et al. 2023; Cunningham et al. 2023, arXiv 2309.08600). Loss: the mean over rows of ‖x̂ − x‖² + λ Σ a; decoder rows have length 1.
/// </summary>
public sealed record ReluRecipe : PenalisedRecipe
{
    internal override SaeObjective Objective(SaeParameters weights) => new ReluObjective(this, weights);
}

/// <summary>The loss of <see cref="ReluRecipe"/>.</summary>
internal sealed class ReluObjective(ReluRecipe recipe, SaeParameters weights) : SaeObjective(weights)
{
    public override SaeKind Kind(float scale) => new Relu();

    public override SaeLoss Compute(SaeBatch batch, LatentActivity activity, long step)
    {
        var centred = batch.Minus(Weights.DecoderBias);
        var code = new SparseCode(Encode(centred));
        activity.Note(code);
        var residual = Decode(batch, code);
        double squares = batch.ToResidual(residual), rows = code.RowCount, penalty = recipe.PenaltyAt(step) / rows;
        float[] gradients = DecodeBackward(code, SquareGradient(residual, 1 / rows));
        for (int entry = 0; entry < gradients.Length; entry++)
            gradients[entry] += (float)penalty;
        EncodeBackward(code, gradients, centred, "encoder_bias", centred: true);
        return new SaeLoss(squares / rows + penalty * code.Values.Sum(value => (double)value), squares / batch.Variation, 0, code.Count / rows);
    }
}
