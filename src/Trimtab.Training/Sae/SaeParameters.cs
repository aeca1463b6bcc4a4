using System.Numerics.Tensors;
using Trimtab.Tensors;
using Trimtab.Tensors.Autograd;
using Trimtab.Tensors.Threading;

namespace Trimtab.Training.Sae;

/// <summary>
/// The trained values of a sparse autoencoder, as forward passes read them and as an optimiser changes them. Decoder rows have length 1: an activation says how much of a direction is there, and no penalty can be evaded by
/// small activations with long rows.
/// </summary>
internal sealed class SaeParameters
{
    private readonly Dictionary<string, Parameter> _parameters = [];

    /// <summary>Encoder and decoder with the same rows, of random directions and length 1; biases 0.</summary>
    /// <param name="width">D.</param>
    /// <param name="latents">F.</param>
    /// <param name="seed">Decides the directions.</param>
    public SaeParameters(int width, int latents, int seed)
    {
        (Encoder, EncoderBias) = (Add("encoder", new Shape(latents, width)), Add("encoder_bias", new Shape(latents)));
        (Decoder, DecoderBias) = (Add("decoder", new Shape(latents, width)), Add("decoder_bias", new Shape(width)));
        var random = new Random(seed);
        foreach (ref float value in Decoder.Values)
            value = (float)random.NextNormal();
        NormaliseDecoder();
        Decoder.CopyTo(Encoder);
    }

    /// <summary>W_enc [F, D].</summary>
    public Tensor Encoder { get; }

    /// <summary>b_enc [F].</summary>
    public Tensor EncoderBias { get; }

    /// <summary>W_dec [F, D].</summary>
    public Tensor Decoder { get; }

    /// <summary>b_dec [D].</summary>
    public Tensor DecoderBias { get; }

    /// <summary>F.</summary>
    public int LatentCount => Encoder.Shape[0];

    /// <summary>Everything that is trained.</summary>
    public IReadOnlyList<Parameter> Parameters => [.. _parameters.Values];

    /// <summary>Another trained value, zero at first.</summary>
    public Tensor Add(string name, in Shape shape)
    {
        var value = Tensor.Zeros(shape);
        _parameters.Add(name, new Parameter(name, value));
        return value;
    }

    /// <summary>The gradient of a value, to be added to.</summary>
    public Tensor GradientOf(string name) => _parameters[name].Gradient;

    /// <summary>Removes from each decoder row's gradient what would only change its length, so that the optimiser's moments do not fill with it.</summary>
    public void ProjectDecoderGradient() => EachLatent((this, gradient: GradientOf("decoder")), static (s, latent) =>
    {
        Span<float> gradient = s.gradient.Row(latent), row = s.Item1.Decoder.Row(latent);
        TensorPrimitives.MultiplyAdd(row, -TensorPrimitives.Dot<float>(gradient, row) / Math.Max(TensorPrimitives.SumOfSquares<float>(row), float.Epsilon), gradient, gradient);
    });

    /// <summary>Scales every decoder row to length 1.</summary>
    public void NormaliseDecoder() => EachLatent(Decoder, static (decoder, latent) =>
    {
        var row = decoder.Row(latent);
        TensorPrimitives.Divide(row, Math.Max(TensorPrimitives.Norm<float>(row), float.Epsilon), row);
    });

    private void EachLatent<TState>(TState state, Action<TState, int> work) => WorkerTeam.Shared.For(LatentCount, 16, (state, work), static (s, first, end) =>
    {
        for (int latent = first; latent < end; latent++)
            s.work(s.state, latent);
    });
}
