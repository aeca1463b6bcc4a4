namespace Trimtab.Models.Text;

/// <summary>A token that is cut out of the text before the model sees it; the flags are those of tokenizer.json.</summary>
internal sealed record AddedToken
{
    public required int Id { get; init; }

    public required string Content { get; init; }

    /// <summary>Matches only between word boundaries.</summary>
    public bool SingleWord { get; init; }

    /// <summary>Swallows the white space before it.</summary>
    public bool StripLeft { get; init; }

    /// <summary>Swallows the white space after it.</summary>
    public bool StripRight { get; init; }

    /// <summary>Is looked for, itself normalised, in the normalised text.</summary>
    public bool Normalized { get; init; }

    /// <summary>Carries structure rather than text: left out when decoding with special tokens skipped.</summary>
    public bool Special { get; init; }

    /// <summary>
    /// True for tokens that plain text may contain without any danger. Special tokens are not, nor are markers such as
    /// <c>&lt;think&gt;</c> or <c>&lt;｜User｜&gt;</c>, which files declare unspecial so that decoding shows them.
    /// </summary>
    public bool IsPlainText => !Special && (Normalized || string.IsNullOrWhiteSpace(Content));
}
