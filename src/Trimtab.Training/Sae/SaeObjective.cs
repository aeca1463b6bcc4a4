using System.Numerics.Tensors;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;
using Trimtab.Steering.Sae;

namespace Trimtab.Training.Sae;

/// <summary>
/// The loss of one kind of sparse autoencoder on a batch, and its gradients. Gradients are written out by hand: after the encoder's product everything touches the active latents alone, which no sum over
/// whole matrices does.
/// </summary>
/// <param name="weights">What is trained.</param>
internal abstract class SaeObjective(SaeParameters weights)
{
    /// <summary>What is trained.</summary>
    protected SaeParameters Weights => weights;

    /// <summary>What is remembered from batch to batch and belongs into a checkpoint.</summary>
    public virtual IEnumerable<(string Name, Tensor Tensor)> State => [];

    /// <summary>Whether b_dec is taken from the rows before they are encoded.</summary>
    public virtual bool CentresInput => true;

    /// <summary>The kind of the trained autoencoder, for rows that are as they come rather than scaled.</summary>
    /// <param name="scale">The factor that rows were scaled by in training.</param>
    public abstract SaeKind Kind(float scale);

    /// <summary>The loss of a batch; its gradients are added to those of the weights.</summary>
    /// <param name="batch">The activations.</param>
    /// <param name="activity">Which latents are dead; told which fire.</param>
    /// <param name="step">The number of the step, from 0, for what is annealed.</param>
    public abstract SaeLoss Compute(SaeBatch batch, LatentActivity activity, long step);

    /// <summary>x W_encᵀ + b_enc, [N, F].</summary>
    protected Tensor Encode(Tensor x) => x.MatMul(weights.Encoder, weights.EncoderBias);

    /// <summary>x̂ = Σ a · W_dec + b_dec over the entries.</summary>
    protected Tensor Decode(SaeBatch batch, SparseCode code)
    {
        var y = batch.Filled(weights.DecoderBias);
        code.AddDecoded(weights.Decoder, y, 0, code.LatentCount);
        return y;
    }

    /// <summary>
    /// The way back of a decoding: adds the gradients of decoder and its bias, and gives those of the entries' values.
    /// </summary>
    /// <param name="code">The entries that were decoded.</param>
    /// <param name="gradient">The gradient of what they were decoded to, [N, D].</param>
    protected float[] DecodeBackward(SparseCode code, Tensor gradient)
    {
        float[] values = new float[code.Count];
        code.Dots(gradient, weights.Decoder, values, 0, code.LatentCount);
        code.AddOuter(code.Values, gradient, weights.GradientOf("decoder"), 0, code.LatentCount);
        SaeBatch.AddRowSums(gradient, weights.GradientOf("decoder_bias").Values);
        return values;
    }

    /// <summary>
    /// The way back of an encoding: adds the gradients of the encoder and of a bias, and of the decoder's bias where the rows were centred by it.
    /// </summary>
    /// <param name="code">The entries.</param>
    /// <param name="gradients">The gradient of each entry before its nonlinearity.</param>
    /// <param name="encoded">The rows that were encoded, [N, D].</param>
    /// <param name="bias">The bias that stood in the product; null where it has its gradient already.</param>
    /// <param name="centred">Whether the rows are x − b_dec.</param>
    protected void EncodeBackward(SparseCode code, float[] gradients, Tensor encoded, string? bias, bool centred)
    {
        float[] sums = new float[code.LatentCount];
        code.AddOuter(gradients, encoded, weights.GradientOf("encoder"), 0, code.LatentCount);
        code.AddSums(gradients, sums);
        if (bias is not null)
            TensorPrimitives.Add(weights.GradientOf(bias).Values, sums, weights.GradientOf(bias).Values);
        var decoderBias = weights.GradientOf("decoder_bias").Values;
        for (int latent = 0; centred && latent < sums.Length; latent++)
            if (sums[latent] != 0)
                TensorPrimitives.MultiplyAdd(weights.Encoder.Row(latent), -sums[latent], decoderBias, decoderBias);
    }

    /// <summary>A value in units of scaled rows, in units of rows as they come.</summary>
    protected static Tensor Unscaled(Tensor value, float scale) => value.Scale(1 / scale).Keep();

    /// <summary>Turns a residual x̂ − x into the gradient of weight · Σ‖x̂ − x‖².</summary>
    protected static Tensor SquareGradient(Tensor residual, double weight) => residual.Scale((float)(2 * weight));
}
