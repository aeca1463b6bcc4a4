using Trimtab.Steering.Sae;
using Trimtab.Tensors;

namespace Trimtab.Training.Sae;

/// <summary>
/// One path decides which latents are active, another how strongly (Gated, Rajamanoharan et al. 2024, arXiv 2404.16014, equation 8), so that the penalty does not shrink what is active. Loss: the mean over rows of
/// ‖x̂ − x‖² + λ Σ relu(π_gate) + ‖x̂(relu(π_gate)) − x‖², the last with the decoder taken as given.
/// </summary>
public sealed record GatedRecipe : PenalisedRecipe
{
    internal override SaeObjective Objective(SaeParameters weights) => new GatedObjective(this, weights);
}

/// <summary>The loss of <see cref="GatedRecipe"/>. b_enc is the gate's bias; π_mag = e^r · (x − b_dec) W_encᵀ + b_mag.</summary>
internal sealed class GatedObjective : SaeObjective
{
    private readonly GatedRecipe _recipe;
    private readonly Tensor _logScale, _magnitudeBias;

    public GatedObjective(GatedRecipe recipe, SaeParameters weights) : base(weights)
    {
        _recipe = recipe;
        (_logScale, _magnitudeBias) = (weights.Add("log_scale", new Shape(weights.LatentCount)), weights.Add("magnitude_bias", new Shape(weights.LatentCount)));
    }

    public override SaeKind Kind(float scale) => new Gated(Unscaled(Weights.EncoderBias, scale), _logScale.Keep(), Unscaled(_magnitudeBias, scale));

    public override SaeLoss Compute(SaeBatch batch, LatentActivity activity, long step)
    {
        var centred = batch.Minus(Weights.DecoderBias);
        var code = new SparseCode(Encode(centred));
        double rows = code.RowCount, penalty = _recipe.PenaltyAt(step) / rows, penalised = penalty * code.Values.Sum(value => (double)value);

        var gateResidual = Decode(batch, code);
        double auxiliary = batch.ToResidual(gateResidual) / rows;
        float[] gates = [.. code.Values], gateGradients = new float[code.Count];
        code.Dots(SquareGradient(gateResidual, 1 / rows), Weights.Decoder, gateGradients, 0, code.LatentCount);
        for (int entry = 0; entry < gateGradients.Length; entry++)
            gateGradients[entry] += (float)penalty;

        int active = ToMagnitudes(code);
        activity.Note(code);
        var residual = Decode(batch, code);
        double squares = batch.ToResidual(residual);
        float[] gradients = ToProductGradients(code, gates, DecodeBackward(code, SquareGradient(residual, 1 / rows)));
        EncodeBackward(code, gateGradients, centred, "encoder_bias", centred: true);
        EncodeBackward(code, gradients, centred, null, centred: true);
        return new SaeLoss(squares / rows + penalised + auxiliary, squares / batch.Variation, auxiliary, active / rows);
    }

    // The gate's path gives the product that the magnitude's path scales: one product serves both.
    private float Product(SparseCode code, float[] gates, int entry) => gates[entry] - Weights.EncoderBias.Values[code.Latents[entry]];

    private int ToMagnitudes(SparseCode code)
    {
        int active = 0;
        for (int entry = 0; entry < code.Count; entry++)
        {
            int latent = code.Latents[entry];
            code.Values[entry] = Math.Max(0, MathF.Exp(_logScale.Values[latent]) * Product(code, code.Values, entry) + _magnitudeBias.Values[latent]);
            active += code.Values[entry] > 0 ? 1 : 0;
        }
        return active;
    }

    // From the magnitudes' gradients to those of the product; adds those of scale and bias on the way.
    private float[] ToProductGradients(SparseCode code, float[] gates, float[] gradients)
    {
        float[] scaleGradients = new float[gradients.Length];
        for (int entry = 0; entry < gradients.Length; entry++)
        {
            gradients[entry] = code.Values[entry] > 0 ? gradients[entry] : 0;
            scaleGradients[entry] = gradients[entry] * MathF.Exp(_logScale.Values[code.Latents[entry]]) * Product(code, gates, entry);
        }
        code.AddSums(gradients, Weights.GradientOf("magnitude_bias").Values);
        code.AddSums(scaleGradients, Weights.GradientOf("log_scale").Values);
        for (int entry = 0; entry < gradients.Length; entry++)
            gradients[entry] *= MathF.Exp(_logScale.Values[code.Latents[entry]]);
        return gradients;
    }
}
