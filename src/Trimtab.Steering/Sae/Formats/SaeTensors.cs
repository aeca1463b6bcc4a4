using System.Numerics.Tensors;
using Trimtab.Models;
using Trimtab.Models.Weights;
using Trimtab.Tensors;
using Trimtab.Tensors.Files;
using Trimtab.Tensors.Kernels.Quant;
using Trimtab.Tensors.Ops;
using Trimtab.Tensors.Storage;

namespace Trimtab.Steering.Sae;

/// <summary>
/// The tensors of an autoencoder's file on their way into its layout: taken by name and size, turned where the file has them the other way, and refused where nobody took them. It owns the file and all
/// memory made here, until the autoencoder is disposed of.
/// </summary>
internal sealed class SaeTensors : IDisposable
{
    // Values that one step of turning a matrix writes side by side: a cache line.
    private const int Strip = 16;

    private readonly ITensorSource _source;
    private readonly WeightPacking _packing = new();
    private readonly WeightReader _reader;
    private readonly List<NativeStorage> _memory = [];
    private readonly HashSet<string> _read = [];

    private SaeTensors(ITensorSource source) => (_source, _reader) = (source, new WeightReader(source, _packing));

    /// <summary>What the tensors lie in, for messages.</summary>
    public string Describe => _source.Describe;

    /// <summary>Reads an autoencoder of an open file, whose tensors must all have a place in it. The file is closed again where that fails.</summary>
    /// <exception cref="ModelFormatException">A tensor is missing, unknown or of another size, or the parts do not fit.</exception>
    public static SparseAutoencoder Read(ITensorSource source, Func<SaeTensors, SparseAutoencoder> build)
    {
        var tensors = new SaeTensors(source);
        try
        {
            var sae = build(tensors);
            tensors._reader.RequireAllTaken(tensors._read.Contains);
            return sae;
        }
        catch (ArgumentException cause)
        {
            tensors.Dispose();
            throw new ModelFormatException($"{source.Describe}: {cause.Message}", cause);
        }
        catch
        {
            tensors.Dispose();
            throw;
        }
    }

    /// <summary>Whether there is such a tensor.</summary>
    public bool Has(string name) => _reader.Has(name);

    /// <summary>The sizes of a matrix that must be there.</summary>
    public (int Rows, int Columns) SizeOf(string name)
    {
        var shape = Has(name) ? _source[name].Shape : default;
        return shape.Rank == 2 ? (shape[0], shape[1]) : throw new ModelFormatException($"{Describe}: the matrix {name} is {(Has(name) ? _source[name].ToString() : "missing")} — an autoencoder of this format has it, with two axes.");
    }

    /// <summary>A matrix as the file stores it.</summary>
    public Tensor Matrix(string name, int rows, int columns) => _reader.Take(name, rows, columns);

    /// <summary>A matrix that the file stores as [columns, rows], turned to [rows, columns] F32.</summary>
    public Tensor Turned(string name, int rows, int columns) => Turned(_reader.Take(name, columns, rows));

    /// <summary>A vector, F32.</summary>
    public Tensor Vector(string name, int size) => _reader.Vector(name, size);

    /// <summary>A vector, F32; zeros where the file has none.</summary>
    public Tensor VectorOrZeros(string name, int size) => Has(name) ? Vector(name, size) : Tensor.Zeros(new Shape(size));

    /// <summary>A single number.</summary>
    public float Number(string name) => TensorOps.Dequantise(_reader.Take(name).Reshape(new Shape(1))).Values[0];

    /// <summary>Whole numbers of 32 or 64 bits; empty where the file has none.</summary>
    public long[] WholeNumbers(string name)
    {
        if (!Has(name))
            return [];
        _read.Add(name);
        var tensor = _source[name];
        return tensor.DType switch
        {
            DType.I64 => tensor.As<long>().ToArray(),
            DType.I32 => [.. tensor.As<int>().ToArray().Select(number => (long)number)],
            _ => throw new ModelFormatException($"{Describe}: the tensor {name} is {tensor} — whole numbers are needed."),
        };
    }

    /// <summary>Takes note of a tensor that changes nothing in use.</summary>
    public void Skip(string name) => _read.Add(name);

    /// <summary>
    /// The same autoencoder with decoder rows of length 1, their lengths n in the encoder: W_dec / n, W · n, b · n. Latents become n times as large, and so must thresholds. Rows of zeros stay.
    /// </summary>
    public SaeWeights WithUnitDecoder(SaeWeights weights)
    {
        Tensor encoder = Allocate(weights.Encoder.Shape), decoder = Allocate(weights.Decoder.Shape), bias = weights.EncoderBias.Keep();
        for (int latent = 0; latent < weights.LatentCount; latent++)
        {
            RowDecoder.Decode(weights.Encoder, latent, encoder.Row(latent));
            RowDecoder.Decode(weights.Decoder, latent, decoder.Row(latent));
            float length = TensorPrimitives.Norm<float>(decoder.Row(latent));
            TensorPrimitives.Multiply(encoder.Row(latent), length, encoder.Row(latent));
            bias.Values[latent] *= length;
            if (length > 0)
                TensorPrimitives.Divide(decoder.Row(latent), length, decoder.Row(latent));
        }
        return weights with { Encoder = encoder, EncoderBias = bias, Decoder = decoder };
    }

    /// <summary>Closes the file and gives the memory back.</summary>
    public void Dispose()
    {
        _source.Dispose();
        _packing.Dispose();
        foreach (var memory in _memory)
            memory.Dispose();
    }

    /// <summary>[K, N] → [N, K] F32, some rows of the source at a time, so that what is written at once lies side by side.</summary>
    private Tensor Turned(Tensor source)
    {
        int rows = source.Columns, columns = source.RowCount;
        var turned = Allocate(new Shape(rows, columns));
        var strip = Tensor.Zeros(new Shape(Strip, rows));
        for (int first = 0; first < columns; first += Strip)
        {
            int count = Math.Min(Strip, columns - first);
            for (int i = 0; i < count; i++)
                RowDecoder.Decode(source, first + i, strip.Row(i));
            ReadOnlySpan<float> values = strip.Values;
            for (int row = 0; row < rows; row++)
            {
                var target = turned.Row(row).Slice(first, count);
                for (int i = 0; i < count; i++)
                    target[i] = values[i * rows + row];
            }
        }
        return turned;
    }

    // Outside of the garbage collector, whose tensors end at 2 GiB.
    private Tensor Allocate(in Shape shape)
    {
        var memory = NativeStorage.Allocate(DType.F32.ByteCount(shape.Count));
        _memory.Add(memory);
        return Tensor.Over(memory, 0, shape, DType.F32);
    }
}
