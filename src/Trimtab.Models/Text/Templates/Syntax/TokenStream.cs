namespace Trimtab.Models.Text.Templates.Syntax;

/// <summary>The tokens of a template with a place to read from.</summary>
internal sealed class TokenStream(List<Token> tokens)
{
    private int _position;

    public Token Current => tokens[_position];

    public Token Next => tokens[Math.Min(_position + 1, tokens.Count - 1)];

    public Token Take()
    {
        var token = Current;
        if (_position < tokens.Count - 1) _position++;
        return token;
    }

    public bool IsOperator(string sign) => Current.Is(TokenKind.Operator, sign);

    public bool IsName(string name) => Current.Is(TokenKind.Name, name);

    public bool SkipOperator(string sign) => Skip(TokenKind.Operator, sign);

    public bool SkipName(string name) => Skip(TokenKind.Name, name);

    public Token Expect(TokenKind kind) => Current.Kind == kind ? Take() : throw Unexpected(new Token(kind, "", 0).Describe());

    public void ExpectOperator(string sign)
    {
        if (!SkipOperator(sign)) throw Unexpected($"'{sign}'");
    }

    public void ExpectName(string name)
    {
        if (!SkipName(name)) throw Unexpected($"'{name}'");
    }

    public string ExpectIdentifier() => Current.Kind == TokenKind.Name ? Take().Text : throw Unexpected("a name");

    public ChatTemplateException Unexpected(string expected) =>
        Fault.Syntax($"unexpected {Current.Describe()}, expected {expected}", Current.Line);

    private bool Skip(TokenKind kind, string text)
    {
        if (!Current.Is(kind, text)) return false;
        Take();
        return true;
    }
}
