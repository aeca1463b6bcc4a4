using BenchmarkDotNet.Attributes;
using Trimtab.Steering.Sae;
using Trimtab.Tensors;

namespace Trimtab.Benchmarks.Kernels;

/// <summary>Encoding by a Top-k autoencoder beside the matrix product that is in it: what the choice of the k largest adds.</summary>
public class SaeBenchmarks : IWork, IDisposable
{
    private const int Rows = 512, K = 32;

    private SparseAutoencoder _sae = null!;
    private Tensor _rows = null!;

    /// <summary>Whose autoencoder it could be.</summary>
    [ParamsAllValues]
    public SaeShape Shape { get; set; }

    /// <inheritdoc/>
    public long Flops => 2L * Rows * Sizes.Width * Sizes.Latents;

    /// <inheritdoc/>
    public long Bytes => 0;

    private (int Width, int Latents) Sizes => Shape switch
    {
        SaeShape.Pip => (192, 4096),
        SaeShape.Gemma2 => (2304, 16384),
        _ => (3072, 24576),
    };

    /// <summary>Random weights and rows.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var (width, latents) = Sizes;
        _rows = RandomTensors.Make(1, 1, Rows, width);
        _sae = new SparseAutoencoder(new SaeWeights(RandomTensors.Make(2, 1, latents, width), RandomTensors.Make(3, 1, latents), RandomTensors.Make(4, 1, latents, width), RandomTensors.Make(5, 1, width)), new TopK(K));
    }

    /// <summary>The weights' memory goes back.</summary>
    [GlobalCleanup]
    public void Dispose()
    {
        _sae.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The product alone.</summary>
    [Benchmark(Baseline = true)]
    public Tensor PreActivations() => _sae.PreActivations(_rows);

    /// <summary>The product and the choice.</summary>
    [Benchmark]
    public SparseLatents Encode() => _sae.EncodeSparse(_rows);
}

/// <summary>Shapes of autoencoders: width of the rows × latents.</summary>
public enum SaeShape
{
    /// <summary>Pip's: 192 × 4096.</summary>
    Pip,
    /// <summary>The smallest of Gemma Scope for the model of 2 B: 2304 × 16384.</summary>
    Gemma2,
    /// <summary>Of Phi-3 Mini (O'Brien et al. 2024): 3072 × 24576.</summary>
    Phi3,
}
