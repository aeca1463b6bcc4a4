using Trimtab.Tensors;

namespace Trimtab.Cli;

/// <summary>Element types as people write them.</summary>
internal static class ElementTypes
{
    /// <summary>What a model's file can be converted to.</summary>
    public static IReadOnlyList<DType> OfFiles { get; } =
        [DType.F32, DType.F16, DType.BF16, DType.Q8_0, DType.Q4_0, DType.Q4_1, DType.Q5_0, DType.Q5_1, DType.Q4_K, DType.Q5_K, DType.Q6_K];

    /// <summary>What weights can be converted to while a model is loaded.</summary>
    public static IReadOnlyList<DType> OnLoad { get; } = [DType.Q8_0, DType.Q4_0, DType.Q4_K, DType.BF16, DType.F16];

    /// <summary>Finds a type by its name. Names only: the parser of enums would also take the number of a member.</summary>
    /// <exception cref="FormatException">It is none of those that the option takes.</exception>
    public static DType Parse(string option, string text, IReadOnlyList<DType> known)
    {
        foreach (var type in known)
            if (text.Equals(type.ToString(), StringComparison.OrdinalIgnoreCase))
                return type;
        throw new FormatException($"{option}: '{text}' is not known. Known are {Names(known)}.");
    }

    /// <summary>The names, separated by commas.</summary>
    public static string Names(IReadOnlyList<DType> types) => string.Join(", ", types.Select(type => type.ToString().ToLowerInvariant()));
}
