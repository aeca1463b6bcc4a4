using BenchmarkDotNet.Attributes;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Benchmarks;

/// <summary>The root-mean-square norm at the width of Qwen2.5-0.5B. Not sealed: the runner derives from it.</summary>
public class NormBenchmarks : IWork
{
    private const int Width = 896;

    private Tensor _x = null!, _weight = null!, _y = null!;

    [Params(1, 128)]
    public int Rows { get; set; }

    public long Flops => 0;

    public long Bytes => 2L * Rows * Width * sizeof(float);

    [GlobalSetup]
    public void Setup() => (_x, _weight, _y) = (RandomTensors.Make(1, 1, Rows, Width), RandomTensors.Make(2, 1, Width), Tensor.Zeros(new Shape(Rows, Width)));

    [Benchmark]
    public void Qwen2_5_0_5B_norm() => CpuBackend.Shared.RmsNorm(_x, _weight, 1e-6f, _y);
}
