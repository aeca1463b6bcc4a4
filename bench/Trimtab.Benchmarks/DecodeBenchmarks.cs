using System.Diagnostics.CodeAnalysis;
using BenchmarkDotNet.Attributes;
using Trimtab.Models;
using Trimtab.Models.Generation;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;

namespace Trimtab.Benchmarks;

/// <summary>Decoding one token after another through a whole small model: what a kernel gains must show here. Not sealed: the runner derives from it.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The runner ends a benchmark by its clean-up method.")]
public class DecodeBenchmarks : IWork
{
    private const int Tokens = 32;

    private SyntheticModel _model = null!;

    [Params(DType.F32, DType.BF16)]
    public DType Type { get; set; }

    public long Flops => 2 * SyntheticModel.WeightCount;

    public long Bytes => Type.ByteCount(SyntheticModel.WeightCount);

    [GlobalSetup]
    public void Setup() => _model = new SyntheticModel(Type);

    [GlobalCleanup]
    public void Cleanup() => _model.Dispose();

    [Benchmark(OperationsPerInvoke = Tokens)]
    public void Four_blocks_of_Qwen2_5_0_5B()
    {
        using var cache = new KvCache(_model.Model.LayerCount, Tokens);
        var sequence = new Sequence([1]) { Cache = cache };
        using var run = new ModelRun(_model.Model, [sequence]);
        for (int i = 0; i < Tokens; i++)
        {
            run.Forward(LogitRows.Last);
            sequence.Append(i);
        }
    }
}
