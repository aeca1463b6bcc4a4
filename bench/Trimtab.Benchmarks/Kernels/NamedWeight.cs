using Trimtab.Tensors;

namespace Trimtab.Benchmarks.Kernels;

/// <summary>A matrix of a published model in an element type; its name is what reports and filters show.</summary>
public sealed record NamedWeight(string Name, int Outputs, int Inputs, DType Type)
{
    private static readonly DType[] Types = [DType.F32, DType.BF16, DType.F16, DType.Q8_0, DType.Q4_0, DType.Q4_K];

    private static readonly (string Name, int Outputs, int Inputs)[] Shapes =
        [("Qwen2.5-0.5B up", 4864, 896), ("Qwen2.5-0.5B down", 896, 4864), ("Llama-3.2-1B up", 8192, 2048), ("Llama-3.2-1B down", 2048, 8192)];

    /// <summary>Every shape in every type whose blocks fill its rows.</summary>
    public static IEnumerable<NamedWeight> All => from shape in Shapes from type in Types where shape.Inputs % type.BlockElements() == 0 select new NamedWeight(shape.Name, shape.Outputs, shape.Inputs, type);

    /// <summary>The bytes of the matrix as stored.</summary>
    public long ByteCount => Type.ByteCount((long)Outputs * Inputs);

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Type}";
}
