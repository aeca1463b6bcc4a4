using System.Numerics.Tensors;
using Trimtab.Tensors;
using Trimtab.Tensors.Kernels.Quant;
using Trimtab.Tensors.Storage;

namespace Trimtab.Steering.Sae;

/// <summary>
/// An autoencoder's weights for rows as the model makes them, in F32, to be written: a scale s of the input is in the encoder (W · s), a scale s′ of the output in the decoder (W_dec / s′, b_dec / s′), as SAELens folds it.
/// </summary>
internal sealed class FoldedWeights : IDisposable
{
    private readonly List<NativeStorage> _memory = [];

    private FoldedWeights(SaeWeights weights, float input, float output)
    {
        Encoder = Scaled(weights.Encoder, input);
        EncoderBias = weights.EncoderBias;
        Decoder = Scaled(weights.Decoder, 1 / output);
        DecoderBias = weights.DecoderBias.Keep();
        TensorPrimitives.Divide(DecoderBias.Values, output, DecoderBias.Values);
        Skip = weights.Skip is { } skip ? Scaled(skip, 1) : null;
    }

    /// <summary>[F, D].</summary>
    public Tensor Encoder { get; }

    /// <summary>[F].</summary>
    public Tensor EncoderBias { get; }

    /// <summary>[F, Do].</summary>
    public Tensor Decoder { get; }

    /// <summary>[Do].</summary>
    public Tensor DecoderBias { get; }

    /// <summary>[Do, D], or null.</summary>
    public Tensor? Skip { get; }

    /// <summary>The weights with a fixed scale in them; null where the normalisation depends on the row, so that no weights hold it.</summary>
    public static FoldedWeights? Of(SparseAutoencoder sae) => sae.Normalisation is FixedScale scale ? new FoldedWeights(sae.Weights, scale.Input, scale.Output) : null;

    /// <summary>The weights as they are, for formats that name the normalisation.</summary>
    public static FoldedWeights Unscaled(SparseAutoencoder sae) => new(sae.Weights, 1, 1);

    /// <summary>[D, F], the encoder as most tools store it.</summary>
    public Tensor TurnedEncoder()
    {
        var turned = Allocate(new Shape(Encoder.Columns, Encoder.RowCount));
        for (int latent = 0; latent < Encoder.RowCount; latent++)
        {
            var row = Encoder.Row(latent);
            for (int i = 0; i < row.Length; i++)
                turned.Row(i)[latent] = row[i];
        }
        return turned;
    }

    /// <summary>b + b_dec Wᵀ: the bias that goes with a centred input where the autoencoder does not centre it.</summary>
    public Tensor CentredEncoderBias()
    {
        var bias = EncoderBias.Keep();
        for (int latent = 0; latent < Encoder.RowCount; latent++)
            bias.Values[latent] += TensorPrimitives.Dot<float>(Encoder.Row(latent), DecoderBias.Values);
        return bias;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        foreach (var memory in _memory)
            memory.Dispose();
    }

    private Tensor Scaled(Tensor weight, float factor)
    {
        if (factor == 1 && weight.DType == DType.F32)
            return weight;
        var scaled = Allocate(weight.Shape);
        for (int row = 0; row < weight.RowCount; row++)
        {
            RowDecoder.Decode(weight, row, scaled.Row(row));
            TensorPrimitives.Multiply(scaled.Row(row), factor, scaled.Row(row));
        }
        return scaled;
    }

    private Tensor Allocate(in Shape shape)
    {
        var memory = NativeStorage.Allocate(DType.F32.ByteCount(shape.Count));
        _memory.Add(memory);
        return Tensor.Over(memory, 0, shape, DType.F32);
    }
}
