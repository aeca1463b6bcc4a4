namespace Trimtab.Models.Text.Templates.Syntax;

/// <summary>What a token is.</summary>
internal enum TokenKind
{
    /// <summary>Text between tags, as it is to be printed.</summary>
    Data,

    /// <summary><c>{{</c></summary>
    PrintBegin,

    /// <summary><c>}}</c></summary>
    PrintEnd,

    /// <summary><c>{%</c></summary>
    BlockBegin,

    /// <summary><c>%}</c></summary>
    BlockEnd,

    /// <summary>An identifier or keyword.</summary>
    Name,

    /// <summary>A text in quotes; the token holds what it means.</summary>
    String,

    /// <summary>An integer, with its prefix and without underscores.</summary>
    Integer,

    /// <summary>A number with a point or an exponent.</summary>
    Float,

    /// <summary>A sign such as <c>+</c> or <c>==</c>.</summary>
    Operator,

    /// <summary>The end of the source.</summary>
    End,
}

/// <summary>A piece of a template's source with the line it begins on.</summary>
internal readonly record struct Token(TokenKind Kind, string Text, int Line)
{
    public bool Is(TokenKind kind, string text) => Kind == kind && Text == text;

    /// <summary>How messages name the token.</summary>
    public string Describe() => Kind switch
    {
        TokenKind.End => "end of template",
        TokenKind.BlockEnd => "end of statement block",
        TokenKind.PrintEnd => "end of print statement",
        TokenKind.BlockBegin => "begin of statement block",
        TokenKind.PrintBegin => "begin of print statement",
        TokenKind.Data => "template data",
        _ => $"'{Text}'",
    };
}
