namespace Trimtab.Models.Text.Templates;

/// <summary>
/// How much one rendering may do. Templates come inside model files of strangers, so every rendering ends: by finishing, or by a
/// <see cref="ChatTemplateException"/> of kind <see cref="ChatTemplateErrorKind.Limit"/> that names the limit.
/// </summary>
public sealed record TemplateLimits
{
    /// <summary>The defaults, far above what the templates of published models need.</summary>
    public static TemplateLimits Default { get; } = new();

    /// <summary>
    /// Elementary operations: one per expression node, statement and item of a sequence, and one per 64 characters of text made or
    /// searched (which also bounds memory). Default 10 million; a chat of a hundred messages takes some thousands.
    /// </summary>
    public long MaxSteps { get; init; } = 10_000_000;

    /// <summary>Nested macro calls and recursive loops, and nesting of lists and dicts in each other. Default 100.</summary>
    public int MaxDepth { get; init; } = 100;

    /// <summary>Characters of the rendered text, and of any single text on the way to it. Default 16 Mi.</summary>
    public int MaxOutputLength { get; init; } = 16 << 20;

    /// <summary>Nesting of blocks, brackets and operators in the template's source. The reference stops near 200, too.</summary>
    public const int MaxSourceNesting = 200;

    /// <summary>Bits of an integer: room for the 4,300 decimal digits that Python agrees to print.</summary>
    public const int MaxIntegerBits = 16_384;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MaxSteps);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MaxDepth);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MaxOutputLength);
    }
}
