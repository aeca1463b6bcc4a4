using Trimtab.Tensors;

namespace Trimtab.Models.Gguf;

/// <summary>general.file_type: the number by which GGUF files say what most of their matrices are.</summary>
internal static class GgufFileType
{
    /// <summary>The version of the block layouts, "general.quantization_version".</summary>
    public const uint QuantisationVersion = 2;

    /// <summary>The number of a type. The K types come in mixtures with sizes in their names; a file of one type is nearest to the small one.</summary>
    public static uint Of(DType type) => type switch
    {
        DType.F16 => 1,
        DType.Q4_0 => 2,
        DType.Q4_1 => 3,
        DType.Q8_0 => 7,
        DType.Q5_0 => 8,
        DType.Q5_1 => 9,
        DType.Q4_K => 14,
        DType.Q5_K => 16,
        DType.Q6_K => 18,
        DType.BF16 => 32,
        _ => 0,
    };
}
