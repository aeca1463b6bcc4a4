using System.Diagnostics.CodeAnalysis;
using BenchmarkDotNet.Attributes;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Benchmarks.Kernels;

/// <summary>An attention layer of a published model over a text; its name is what reports and filters show.</summary>
public sealed record NamedAttention(string Name, AttentionShape Shape)
{
    /// <summary>The layers.</summary>
    public static IEnumerable<NamedAttention> All { get; } =
    [
        new("Qwen2.5-0.5B", new AttentionShape(Heads: 14, KeyHeads: 2, KeySize: 64, ValueSize: 64, Scale: 0.125f)),
        new("Llama-3.2-1B", new AttentionShape(Heads: 32, KeyHeads: 8, KeySize: 64, ValueSize: 64, Scale: 0.125f)),
    ];

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>Causal attention: the newest token over all keys as in decoding, and all tokens of a text over those before them as in a prompt. Not sealed: the runner derives from it.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The runner ends a benchmark by its clean-up method.")]
public class AttentionBenchmarks : IWork
{
    private Tensor _q = null!, _y = null!;
    private KeyValueBlocks _memory = null!;

    [ParamsSource(nameof(Layers))]
    public NamedAttention Layer { get; set; } = null!;

    [Params(128, 512, 2048)]
    public int Keys { get; set; }

    [Params(false, true)]
    public bool IsPrompt { get; set; }

    public static IEnumerable<NamedAttention> Layers => NamedAttention.All;

    // Two products of E with every key that is seen.
    public long Flops => 4L * Layer.Shape.Heads * Layer.Shape.KeySize * (IsPrompt ? (long)Keys * (Keys + 1) / 2 : Keys);

    public long Bytes => 2L * Keys * Layer.Shape.KeyHeads * Layer.Shape.KeySize * sizeof(float);

    private int Rows => IsPrompt ? Keys : 1;

    [GlobalSetup]
    public void Setup()
    {
        var shape = Layer.Shape;
        (_q, _y) = (RandomTensors.Make(1, 1, Rows, shape.Heads * shape.KeySize), Tensor.Zeros(new Shape(Rows, shape.Heads * shape.ValueSize)));
        _memory = new KeyValueBlocks();
        _memory.Write(0, RandomTensors.Make(2, 1, Keys, shape.KeyHeads * shape.KeySize), RandomTensors.Make(3, 1, Keys, shape.KeyHeads * shape.ValueSize), shape);
    }

    [GlobalCleanup]
    public void Cleanup() => _memory.Dispose();

    [Benchmark]
    public void Attention() => CpuBackend.Shared.Attention(_q, _memory, Keys - Rows, Layer.Shape, _y);
}
