using Trimtab.Tensors;

namespace Trimtab.Steering.Sae;

/// <summary>
/// The numbers of a sparse autoencoder in the one layout that it computes with, whatever its file has: each latent's encoder weights and decoder weights are a row. F counts the latents, D is the input's
/// width, Do the output's.
/// </summary>
/// <param name="Encoder">[F, D], of any float type.</param>
/// <param name="EncoderBias">[F].</param>
/// <param name="Decoder">[F, Do], of any float type: row j is what latent j writes.</param>
/// <param name="DecoderBias">[Do].</param>
/// <param name="Skip">[Do, D]: what a skip transcoder adds, x · Skipᵀ; null for none.</param>
public sealed record SaeWeights(Tensor Encoder, Tensor EncoderBias, Tensor Decoder, Tensor DecoderBias, Tensor? Skip = null)
{
    /// <summary>F.</summary>
    public int LatentCount => Encoder.Shape[0];

    /// <summary>D.</summary>
    public int InputWidth => Encoder.Columns;

    /// <summary>Do.</summary>
    public int OutputWidth => Decoder.Columns;

    /// <summary>Refuses tensors that do not fit each other.</summary>
    /// <exception cref="ArgumentException">Names the tensor.</exception>
    internal void Require()
    {
        if (Encoder.Shape.Rank != 2 || Decoder.Shape.Rank != 2 || Decoder.Shape[0] != LatentCount)
            throw new ArgumentException($"Sparse autoencoder: the encoder {Encoder} and the decoder {Decoder} do not fit — both need a row for each latent.");
        RequireSize("encoder biases", EncoderBias, LatentCount);
        RequireSize("decoder biases", DecoderBias, OutputWidth);
        if (Skip is not null && Skip.Shape != new Shape(OutputWidth, InputWidth))
            throw new ArgumentException($"Sparse autoencoder: the skip connection is {Skip} — [{OutputWidth}, {InputWidth}] is needed.");
    }

    internal static void RequireSize(string what, Tensor vector, int size)
    {
        if (vector.Shape.Rank != 1 || vector.Count != size || vector.DType != DType.F32)
            throw new ArgumentException($"Sparse autoencoder: the {what} are {vector} — [{size}] F32 is needed.");
    }
}
