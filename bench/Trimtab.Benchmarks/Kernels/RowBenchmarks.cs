using BenchmarkDotNet.Attributes;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Benchmarks.Kernels;

/// <summary>What happens to rows between the products, at the widths of Qwen2.5-0.5B (896, hidden 4864) and Llama-3.2-1B (2048, hidden 8192). Not sealed: the runner derives from it.</summary>
public class RowBenchmarks : IWork
{
    private const int HeadSize = 64;

    private Tensor _x = null!, _other = null!, _weight = null!, _y = null!, _cos = null!, _sin = null!;

    [Params(896, 2048, 4864, 8192)]
    public int Width { get; set; }

    [Params(1, 512)]
    public int Rows { get; set; }

    public long Flops => 0;

    // Read once and written once; what is read beside is small, or shared.
    public long Bytes => 2L * Rows * Width * sizeof(float);

    [GlobalSetup]
    public void Setup()
    {
        (_x, _other, _y) = (RandomTensors.Make(1, 1, Rows, Width), RandomTensors.Make(2, 1, Rows, Width), Tensor.Zeros(new Shape(Rows, Width)));
        (_weight, _cos, _sin) = (RandomTensors.Make(3, 1, Width), Tensor.Zeros(new Shape(Rows, HeadSize / 2)), Tensor.Zeros(new Shape(Rows, HeadSize / 2)));
        // No rotation, so that a row turned over and over stays what it is.
        _cos.Values.Fill(1);
    }

    [Benchmark]
    public void RmsNorm() => CpuBackend.Shared.RmsNorm(_x, _weight, 1e-6f, _y);

    [Benchmark]
    public void Rotate() => CpuBackend.Shared.Rotate(_x, HeadSize, 0, _cos, _sin, RotaryPairs.Halves);

    [Benchmark]
    public void SiluGate() => CpuBackend.Shared.Gate(_x, _other, Activation.Silu, _y);

    [Benchmark]
    public void Add() => CpuBackend.Shared.Add(_x, _other, _y);
}
