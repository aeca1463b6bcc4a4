namespace Trimtab.Models.Text;

/// <summary>
/// <see cref="SplitPatterns.Gpt2"/>, written out: contractions, then words, numbers and other visible characters, each with the one space
/// before it, then white space without the last space that belongs to what follows.
/// </summary>
internal sealed class Gpt2Scanner : ISplitPattern
{
    public void FindMatches(ReadOnlySpan<char> text, List<Match> matches)
    {
        for (int at = 0, end; at < text.Length; at = end)
            matches.Add(new Match(at, (end = End(text, at)) - at));
    }

    private static int End(ReadOnlySpan<char> text, int at)
    {
        if (text[at] == '\'' && WordEnds.Contraction(text, at, ignoreCase: false) is > 0 and var contraction)
            return at + contraction;
        var word = text[at] == ' ' ? at + 1 : at;
        if (word < text.Length && LetterKinds.At(text, word, out _) is not LetterKind.Space and var kind)
            return LetterKinds.EndOfRun(text, word, kind);
        return WordEnds.WhiteSpace(text, at);
    }
}

/// <summary>
/// <see cref="SplitPatterns.Llama3"/> and <see cref="SplitPatterns.Qwen2"/>, written out; they differ in how many digits make a number.
/// Words
/// may take any one character before them, visible characters take the line ends after them, and white space ends at its last line end.
/// </summary>
/// <param name="digits">How many digits a number has at most.</param>
internal sealed class Llama3Scanner(int digits) : ISplitPattern
{
    public void FindMatches(ReadOnlySpan<char> text, List<Match> matches)
    {
        for (int at = 0, end; at < text.Length; at = end)
            matches.Add(new Match(at, (end = End(text, at)) - at));
    }

    private int End(ReadOnlySpan<char> text, int at)
    {
        if (text[at] == '\'' && WordEnds.Contraction(text, at, ignoreCase: true) is > 0 and var contraction)
            return at + contraction;
        var kind = LetterKinds.At(text, at, out var width);
        if (kind == LetterKind.Letter)
            return LetterKinds.EndOfRun(text, at, LetterKind.Letter);
        if (kind == LetterKind.Number)
            return LetterKinds.EndOfRun(text, at, LetterKind.Number, digits);
        if (text[at] is not ('\r' or '\n') && IsKind(text, at + width, LetterKind.Letter))
            return LetterKinds.EndOfRun(text, at + width, LetterKind.Letter);
        var visible = text[at] == ' ' ? at + 1 : at;
        if (IsKind(text, visible, LetterKind.Other))
            return EndOfLines(text, LetterKinds.EndOfRun(text, visible, LetterKind.Other));
        var end = LetterKinds.EndOfRun(text, at, LetterKind.Space);
        var lineEnd = text[at..end].LastIndexOfAny('\r', '\n');
        return lineEnd >= 0 ? at + lineEnd + 1 : WordEnds.WhiteSpace(text, at);
    }

    private static bool IsKind(ReadOnlySpan<char> text, int at, LetterKind kind) =>
        at < text.Length && LetterKinds.At(text, at, out _) == kind;

    private static int EndOfLines(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && text[at] is '\r' or '\n')
            at++;
        return at;
    }
}

/// <summary>What the scanners have in common.</summary>
internal static class WordEnds
{
    /// <summary>The length of 's, 't, 're, 've, 'm, 'll or 'd at a position, or 0.</summary>
    public static int Contraction(ReadOnlySpan<char> text, int at, bool ignoreCase)
    {
        var first = at + 1 < text.Length ? Letter(text[at + 1], ignoreCase) : '\0';
        if (first is 's' or 't' or 'm' or 'd')
            return 2;
        var second = at + 2 < text.Length ? Letter(text[at + 2], ignoreCase) : '\0';
        return (first, second) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 3 : 0;
    }

    /// <summary>
    /// The end of white space from a position on: a last space before something visible is left to it, unless it is the only one.
    /// </summary>
    public static int WhiteSpace(ReadOnlySpan<char> text, int at)
    {
        var end = LetterKinds.EndOfRun(text, at, LetterKind.Space);
        return end == text.Length || end - at == 1 ? end : end - 1;
    }

    private static char Letter(char c, bool ignoreCase) => !ignoreCase ? c
        : c == '\u017F' ? 's' // the long s is an s to patterns that ignore case
        : (char)(c | 0x20);
}
