using System.Globalization;
using System.Text;

namespace Trimtab.Models.Text;

/// <summary>
/// Cuts added tokens out of a text: first those that match the raw text, then, in what is left and after normalisation, those that match
/// the normalised text. That order, and the normalisation of each remaining stretch on its own, decides many ids.
/// </summary>
internal sealed class AddedTokenSplitter
{
    private readonly INormalizer? _normalizer;
    private readonly AddedToken[] _tokens;
    private readonly TokenTrie? _raw;
    private readonly TokenTrie? _normalized;

    public AddedTokenSplitter(IReadOnlyList<AddedToken> tokens, INormalizer? normalizer)
    {
        _normalizer = normalizer;
        _tokens = [.. tokens];
        _raw = Trie(normalized: false, token => token.Content);
        _normalized = Trie(normalized: true, token => Normalize(token.Content));
    }

    /// <summary>
    /// One stretch of the text: an added token, or normalised text (then <paramref name="TokenId"/> is −1) that stands at the
    /// beginning of the text or does not.
    /// </summary>
    public readonly record struct Stretch(int TokenId, string Text, bool AtStart);

    /// <param name="text">Well-formed UTF-16.</param>
    /// <param name="parseSpecial">Whether special tokens and markers count as tokens, or as the text they look like.</param>
    /// <param name="stretches">Receives the stretches in order; empty ones are left out.</param>
    public void Split(string text, bool parseSpecial, List<Stretch> stretches)
    {
        foreach (var outer in Cut(text, _raw, parseSpecial))
        {
            if (outer.Id >= 0)
            {
                stretches.Add(new Stretch(outer.Id, "", false));
                continue;
            }
            var normalized = Normalize(text[outer.Range]);
            foreach (var inner in Cut(normalized, _normalized, parseSpecial))
                if (inner.Id >= 0)
                    stretches.Add(new Stretch(inner.Id, "", false));
                else
                    stretches.Add(new Stretch(-1, normalized[inner.Range], outer.Range.Start.Value == 0 && inner.Range.Start.Value == 0));
        }
    }

    private IEnumerable<(int Id, Range Range)> Cut(string text, TokenTrie? trie, bool parseSpecial)
    {
        var done = 0;
        for (var at = 0; trie is not null && trie.TryFind(text, at, out var start, out var length, out var index);)
        {
            var stop = at = start + length;
            var token = _tokens[index];
            if ((!parseSpecial && !token.IsPlainText) || (token.SingleWord && !StandsAlone(text, start, stop)))
                continue;
            if (token.StripLeft)
                while (start > done && char.IsWhiteSpace(text[start - 1]))
                    start--;
            if (token.StripRight)
                while (stop < text.Length && char.IsWhiteSpace(text[stop]))
                    stop++;
            if (done < start)
                yield return (-1, done..start);
            yield return (token.Id, start..stop);
            done = stop;
        }
        if (done < text.Length)
            yield return (-1, done..text.Length);
    }

    private TokenTrie? Trie(bool normalized, Func<AddedToken, string> text)
    {
        var entries = _tokens.Select((token, index) => (token, index)).Where(e => e.token.Normalized == normalized)
            .Select(e => (text(e.token), e.index)).ToList();
        return entries.Count > 0 ? new TokenTrie(entries) : null;
    }

    private string Normalize(string text) => _normalizer is null ? text : _normalizer.Normalize(text);

    private static bool StandsAlone(string text, int start, int stop)
    {
        Rune.DecodeLastFromUtf16(text.AsSpan(0, start), out var before, out _);
        Rune.DecodeFromUtf16(text.AsSpan(stop), out var after, out _);
        return (start == 0 || !IsWord(before)) && (stop == text.Length || !IsWord(after));
    }

    private static bool IsWord(Rune c) => Rune.IsLetter(c) || Rune.GetUnicodeCategory(c) is UnicodeCategory.DecimalDigitNumber
        or UnicodeCategory.ConnectorPunctuation or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
        or UnicodeCategory.EnclosingMark or UnicodeCategory.LetterNumber;
}
