using Trimtab.Steering.Sae;
using Trimtab.Tensors;

namespace Trimtab.Training.Sae;

/// <summary>
/// Activations above a threshold that each latent learns (JumpReLU, Rajamanoharan et al. 2024, arXiv 2407.14435). Loss: the mean over rows of ‖x̂ − x‖² + λ · (number of active latents). The thresholds' gradients
/// are estimated from the values within half a bandwidth of them (equations 11 and 12, rectangular kernel).
/// </summary>
public sealed record JumpReluRecipe : PenalisedRecipe
{
    /// <summary>ε, the width of the kernel. Default 0.05.</summary>
    public double Bandwidth
    {
        get;
        init => field = value > 0 && double.IsFinite(value) ? value : throw new ArgumentException(FormattableString.Invariant($"SAE: the bandwidth is {value} — it must be a number above 0."), nameof(value));
    } = 0.05;

    /// <summary>θ of every latent at the start. Default 0.01.</summary>
    public double InitialThreshold
    {
        get;
        init => field = value > 0 && double.IsFinite(value) ? value : throw new ArgumentException(FormattableString.Invariant($"SAE: the initial threshold is {value} — it must be a number above 0."), nameof(value));
    } = 0.01;

    internal override SaeObjective Objective(SaeParameters weights) => new JumpReluObjective(this, weights);
}

/// <summary>The loss of <see cref="JumpReluRecipe"/>. The input is not centred, as in Gemma Scope; thresholds are trained as logarithms, so that they stay positive.</summary>
internal sealed class JumpReluObjective : SaeObjective
{
    private readonly JumpReluRecipe _recipe;
    private readonly Tensor _logThreshold;

    public JumpReluObjective(JumpReluRecipe recipe, SaeParameters weights) : base(weights)
    {
        _recipe = recipe;
        _logThreshold = weights.Add("log_threshold", new Shape(weights.LatentCount));
        _logThreshold.Values.Fill((float)Math.Log(recipe.InitialThreshold));
    }

    public override bool CentresInput => false;

    public override SaeKind Kind(float scale) => new JumpRelu(Tensor.From([.. _logThreshold.Values.ToArray().Select(value => MathF.Exp(value) / scale)]));

    public override SaeLoss Compute(SaeBatch batch, LatentActivity activity, long step)
    {
        float[] thresholds = [.. _logThreshold.Values.ToArray().Select(MathF.Exp)];
        var latents = Encode(batch.X);
        KeepNear(latents, thresholds);
        var code = new SparseCode(latents);
        float[] before = [.. code.Values];
        int active = Jump(code, thresholds);
        activity.Note(code);

        var residual = Decode(batch, code);
        double squares = batch.ToResidual(residual), rows = code.RowCount, penalty = _recipe.PenaltyAt(step) / rows;
        float[] gradients = DecodeBackward(code, SquareGradient(residual, 1 / rows));
        AddThresholdGradients(code, before, gradients, thresholds, penalty);
        for (int entry = 0; entry < gradients.Length; entry++)
            gradients[entry] = code.Values[entry] > 0 ? gradients[entry] : 0;
        EncodeBackward(code, gradients, batch.X, "encoder_bias", centred: false);
        return new SaeLoss(squares / rows + penalty * active, squares / batch.Variation, 0, active / rows);
    }

    // What is neither active nor within half a bandwidth of its threshold has no part in loss or gradient.
    private void KeepNear(Tensor latents, float[] thresholds)
    {
        float half = (float)_recipe.Bandwidth / 2;
        for (int row = 0; row < latents.RowCount; row++)
        {
            var values = latents.Row(row);
            for (int latent = 0; latent < values.Length; latent++)
                if (values[latent] <= thresholds[latent] - half)
                    values[latent] = 0;
        }
    }

    private static int Jump(SparseCode code, float[] thresholds)
    {
        int active = 0;
        for (int entry = 0; entry < code.Count; entry++)
        {
            bool isActive = code.Values[entry] > thresholds[code.Latents[entry]];
            code.Values[entry] = isActive ? code.Values[entry] : 0;
            active += isActive ? 1 : 0;
        }
        return active;
    }

    // ∂/∂θ = −(θ/ε · ∂L/∂a + λ/ε) for each value in the kernel; of log θ that times θ.
    private void AddThresholdGradients(SparseCode code, float[] before, float[] gradients, float[] thresholds, double penalty)
    {
        var sums = Weights.GradientOf("log_threshold").Values;
        double bandwidth = _recipe.Bandwidth;
        for (int latent = 0; latent < code.LatentCount; latent++)
        {
            double threshold = thresholds[latent], sum = 0;
            foreach (int entry in code.OfLatent(latent))
                if (Math.Abs(before[entry] - threshold) < bandwidth / 2)
                    sum -= (threshold * gradients[entry] + penalty) / bandwidth;
            sums[latent] += (float)(sum * threshold);
        }
    }
}
