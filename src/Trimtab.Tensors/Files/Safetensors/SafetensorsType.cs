namespace Trimtab.Tensors.Files;

/// <summary>The element types of safetensors: their names in the header, their sizes, and which of them this library decodes.</summary>
internal static class SafetensorsType
{
    // Types below a byte and the 8-bit floats are listed so that a file that holds them can be checked and listed; only asking for such a tensor fails.
    private static readonly Dictionary<string, (int Bits, DType? Type)> Types = new(StringComparer.Ordinal)
    {
        ["F64"] = (64, DType.F64), ["F32"] = (32, DType.F32), ["F16"] = (16, DType.F16), ["BF16"] = (16, DType.BF16),
        ["I64"] = (64, DType.I64), ["I32"] = (32, DType.I32), ["I16"] = (16, DType.I16), ["I8"] = (8, DType.I8),
        ["U8"] = (8, DType.U8), ["BOOL"] = (8, DType.Bool),
        ["U64"] = (64, null), ["U32"] = (32, null), ["U16"] = (16, null), ["C64"] = (64, null),
        ["F8_E5M2"] = (8, null), ["F8_E4M3"] = (8, null), ["F8_E8M0"] = (8, null),
        ["F6_E2M3"] = (6, null), ["F6_E3M2"] = (6, null), ["F4"] = (4, null),
    };

    public static bool TryParse(string name, out int bits, out DType? type)
    {
        bool known = Types.TryGetValue(name, out var found);
        (bits, type) = found;
        return known;
    }

    public static string Name(Tensor tensor, string tensorName)
    {
        foreach (var (name, (_, type)) in Types)
            if (type == tensor.DType)
                return name;
        throw new TensorException($"SafetensorsFile.Write: tensor '{tensorName}' is {tensor.DType} — the format has no block types. Write GGUF, or dequantise it first.");
    }
}
