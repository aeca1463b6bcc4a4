using Trimtab.Tensors;

namespace Trimtab.Models.Gguf;

/// <summary>How a model is converted.</summary>
public sealed record ConversionOptions
{
    /// <summary>
    /// The element type of matrices: F32, F16, BF16 or, in GGUF, a block type. Null, the default, keeps each as it is stored. Vectors, routers and learned positions
    /// stay F32; rows that are not whole blocks of the type become F16, and <see cref="ConversionReport.Notes"/> says so.
    /// </summary>
    public DType? Type { get; init; }

    /// <summary>
    /// The tokenizer as GGUF metadata ("tokenizer.ggml.model", "tokenizer.ggml.tokens", …; the value types are those of GGUF). Empty, the default, takes over those of
    /// a GGUF file that is converted, and otherwise writes the model's own tokenizer and chat template; what the format cannot say of them stands in
    /// <see cref="ConversionReport.Notes"/>. A model without a tokenizer gives a file without one, which readers accept for token ids only.
    /// </summary>
    public IReadOnlyDictionary<string, object> Tokenizer { get; init; } = new Dictionary<string, object>();

    /// <summary>The name to write into the file; null for the model's own.</summary>
    public string? Name { get; init; }
}

/// <summary>What a conversion wrote.</summary>
public sealed record ConversionReport
{
    /// <summary>The file with the weights.</summary>
    public required string Path { get; init; }

    /// <summary>How many tensors have each element type; most frequent first.</summary>
    public required IReadOnlyList<KeyValuePair<string, int>> ElementTypes { get; init; }

    /// <summary>
    /// What is not as asked, or what other readers of the format compute differently from this model; one sentence each. Empty where everything went as one would
    /// expect.
    /// </summary>
    public required IReadOnlyList<string> Notes { get; init; }
}
