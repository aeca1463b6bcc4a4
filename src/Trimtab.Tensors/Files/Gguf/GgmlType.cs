using System.Globalization;

namespace Trimtab.Tensors.Files;

/// <summary>
/// The element types of GGUF by number: name, elements and bytes of a block, and which this library decodes. The others are known by size, so that a file
/// that holds them can be checked and listed.
/// </summary>
internal static class GgmlType
{
    private static readonly Dictionary<uint, (string Name, int Elements, int Bytes, DType? Type)> Types = new()
    {
        [0] = ("F32", 1, 4, DType.F32), [1] = ("F16", 1, 2, DType.F16),
        [2] = ("Q4_0", 32, 18, DType.Q4_0), [3] = ("Q4_1", 32, 20, DType.Q4_1),
        [6] = ("Q5_0", 32, 22, DType.Q5_0), [7] = ("Q5_1", 32, 24, DType.Q5_1),
        [8] = ("Q8_0", 32, 34, DType.Q8_0), [9] = ("Q8_1", 32, 36, null),
        [10] = ("Q2_K", 256, 84, null), [11] = ("Q3_K", 256, 110, null),
        [12] = ("Q4_K", 256, 144, DType.Q4_K), [13] = ("Q5_K", 256, 176, DType.Q5_K),
        [14] = ("Q6_K", 256, 210, DType.Q6_K), [15] = ("Q8_K", 256, 292, null),
        [16] = ("IQ2_XXS", 256, 66, null), [17] = ("IQ2_XS", 256, 74, null), [18] = ("IQ3_XXS", 256, 98, null),
        [19] = ("IQ1_S", 256, 50, null), [20] = ("IQ4_NL", 32, 18, null), [21] = ("IQ3_S", 256, 110, null),
        [22] = ("IQ2_S", 256, 82, null), [23] = ("IQ4_XS", 256, 136, null),
        [24] = ("I8", 1, 1, DType.I8), [25] = ("I16", 1, 2, DType.I16), [26] = ("I32", 1, 4, DType.I32),
        [27] = ("I64", 1, 8, DType.I64), [28] = ("F64", 1, 8, DType.F64),
        [29] = ("IQ1_M", 256, 56, null), [30] = ("BF16", 1, 2, DType.BF16),
        [34] = ("TQ1_0", 256, 54, null), [35] = ("TQ2_0", 256, 66, null),
        [39] = ("MXFP4", 32, 17, null), [40] = ("NVFP4", 64, 36, null),
    };

    /// <summary>The name of a type, and the bytes a block takes (0 where the type is unknown).</summary>
    public static (string Name, int BlockElements, int BlockBytes, DType? Type) Find(uint number) =>
        Types.TryGetValue(number, out var found) ? found : ($"ggml type {number.ToString(CultureInfo.InvariantCulture)}", 1, 0, null);

    public static uint Number(Tensor tensor, string tensorName)
    {
        foreach (var (number, type) in Types)
            if (type.Type == tensor.DType)
                return number;
        throw new TensorException($"GgufWriter.Write: tensor '{tensorName}' is {tensor.DType} — GGUF has no such type. Convert it first.");
    }
}
