using System.Diagnostics.CodeAnalysis;
using BenchmarkDotNet.Attributes;
using Trimtab.Tensors;
using Trimtab.Tensors.Kernels.Panels;
using Trimtab.Tensors.Ops;
using Trimtab.Tensors.Threading;

namespace Trimtab.Benchmarks.Kernels;

/// <summary>
/// x [T, K] · Wᵀ with packed weights of published shapes: one row as in decoding, a few as in a batch, many as in a prompt. As in a model, one weight follows the other:
/// they take turns, more of them than the caches hold. Not sealed: the runner derives from it.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The runner ends a benchmark by its clean-up method.")]
public class ProductBenchmarks : IWork
{
    private const long MoreThanCaches = 256 << 20;

    private WorkerTeam _team = null!;
    private CpuBackend _backend = null!;
    private PackedWeight[] _weights = null!;
    private Tensor _x = null!, _y = null!;
    private int _next;

    [ParamsSource(nameof(Weights))]
    public NamedWeight Weight { get; set; } = null!;

    [Params(1, 4, 512)]
    public int Rows { get; set; }

    [ParamsSource(nameof(Tiers))]
    public KernelTier Tier { get; set; }

    [ParamsSource(nameof(ThreadCounts))]
    public int Threads { get; set; }

    public static IEnumerable<NamedWeight> Weights => NamedWeight.All;

    public static IEnumerable<KernelTier> Tiers => Enum.GetValues<KernelTier>().Where(tier => tier <= KernelTiers.Best);

    public static IEnumerable<int> ThreadCounts => new[] { 1, Environment.ProcessorCount }.Distinct();

    public long Flops => 2L * Rows * Weight.Inputs * Weight.Outputs;

    public long Bytes => Weight.ByteCount;

    [GlobalSetup]
    public void Setup()
    {
        _team = new WorkerTeam(Threads);
        _backend = new CpuBackend(_team, Tier);
        var stored = RandomTensors.Weight(2, Weight.Outputs, Weight.Inputs, Weight.Type);
        _weights = [.. Enumerable.Range(0, (int)(MoreThanCaches / Weight.ByteCount) + 1).Select(_ => _backend.Pack(stored))];
        (_x, _y) = (RandomTensors.Make(1, 1, Rows, Weight.Inputs), Tensor.Zeros(new Shape(Rows, Weight.Outputs)));
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        foreach (var weight in _weights)
            weight.Dispose();
        _team.Dispose();
    }

    [Benchmark]
    public void Product() => _backend.MatMul(_x, new Product(_weights[_next++ % _weights.Length], null, _y));
}
