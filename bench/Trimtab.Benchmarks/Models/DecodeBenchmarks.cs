using System.Diagnostics.CodeAnalysis;
using BenchmarkDotNet.Attributes;
using Trimtab.Models;
using Trimtab.Models.Generation;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;

namespace Trimtab.Benchmarks.Models;

/// <summary>Decoding one token after another through four blocks of Qwen2.5-0.5B with a small vocabulary: what a kernel gains must show here. Not sealed: the runner derives from it.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The runner ends a benchmark by its clean-up method.")]
public class DecodeBenchmarks : IWork
{
    private const int Tokens = 32;

    private static readonly ModelShape Shape = ModelShape.Qwen2_5_0_5B with { Layers = 4, Vocabulary = 8192 };

    private DirectoryInfo _folder = null!;
    private LoadedModel _model = null!;

    [Params(DType.F32, DType.BF16, DType.Q8_0, DType.Q4_0)]
    public DType Type { get; set; }

    public long Flops => 2 * Shape.MatrixValues;

    public long Bytes => Type.ByteCount(Shape.MatrixValues);

    [GlobalSetup]
    public void Setup()
    {
        _folder = Directory.CreateTempSubdirectory("trimtab-bench-");
        string path = Path.Combine(_folder.FullName, "model.gguf");
        RandomModel.Write(Shape, path, Type);
        _model = ModelLoader.Load(path);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _model.Dispose();
        _folder.Delete(recursive: true);
    }

    [Benchmark(OperationsPerInvoke = Tokens)]
    public void Four_blocks_of_Qwen2_5_0_5B()
    {
        using var cache = new KvCache(_model.LayerCount, Tokens);
        var sequence = new Sequence([1]) { Cache = cache };
        using var run = new ModelRun(_model, [sequence]);
        for (int i = 0; i < Tokens; i++)
        {
            run.Forward(LogitRows.Last);
            sequence.Append(i);
        }
    }
}
