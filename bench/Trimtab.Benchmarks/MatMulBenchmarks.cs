using BenchmarkDotNet.Attributes;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Benchmarks;

/// <summary>The up projection of Qwen2.5-0.5B, x [T, 896] · Wᵀ with W [4864, 896]: one row as in decoding, 128 as in a prompt. Not sealed: the runner derives from it.</summary>
public class MatMulBenchmarks : IWork
{
    private const int Inputs = 896, Outputs = 4864;

    private Tensor _x = null!, _weight = null!, _y = null!;

    [Params(1, 128)]
    public int Rows { get; set; }

    [Params(DType.F32, DType.BF16, DType.Q8_0, DType.Q4_0)]
    public DType Type { get; set; }

    public long Flops => 2L * Rows * Inputs * Outputs;

    public long Bytes => Type.ByteCount((long)Inputs * Outputs);

    [GlobalSetup]
    public void Setup() => (_x, _weight, _y) = (RandomTensors.Make(1, 1, Rows, Inputs), RandomTensors.Weight(2, Outputs, Inputs, Type), Tensor.Zeros(new Shape(Rows, Outputs)));

    [Benchmark]
    public void Qwen2_5_0_5B_up() => CpuBackend.Shared.MatMul(_x, _weight, null, _y);
}
