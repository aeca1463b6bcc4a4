using System.Diagnostics.CodeAnalysis;
using BenchmarkDotNet.Attributes;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Benchmarks;

/// <summary>The attention of Qwen2.5-0.5B, 14 query heads over 2 key heads of size 64: the newest token over all keys, as in decoding. Not sealed: the runner derives from it.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The runner ends a benchmark by its clean-up method.")]
public class AttentionBenchmarks : IWork
{
    private static readonly AttentionShape Shape = new(Heads: 14, KeyHeads: 2, KeySize: 64, ValueSize: 64, Scale: 0.125f);

    private Tensor _q = null!, _y = null!;
    private KeyValueBlocks _memory = null!;

    [Params(128, 1024)]
    public int Keys { get; set; }

    public long Flops => 4L * Shape.Heads * Keys * Shape.KeySize;

    public long Bytes => 2L * Keys * Shape.KeyHeads * Shape.KeySize * sizeof(float);

    [GlobalSetup]
    public void Setup()
    {
        (_q, _y) = (RandomTensors.Make(1, 1, 1, Shape.Heads * Shape.KeySize), Tensor.Zeros(new Shape(1, Shape.Heads * Shape.ValueSize)));
        _memory = new KeyValueBlocks();
        _memory.Write(0, RandomTensors.Make(2, 1, Keys, Shape.KeyHeads * Shape.KeySize), RandomTensors.Make(3, 1, Keys, Shape.KeyHeads * Shape.ValueSize), Shape);
    }

    [GlobalCleanup]
    public void Cleanup() => _memory.Dispose();

    [Benchmark]
    public void Qwen2_5_0_5B_decode() => CpuBackend.Shared.Attention(_q, _memory, Keys - 1, Shape, _y);
}
