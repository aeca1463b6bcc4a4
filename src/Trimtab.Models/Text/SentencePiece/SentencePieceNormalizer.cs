using System.Text;

namespace Trimtab.Models.Text;

/// <summary>
/// Sentencepiece's normalisation: the charsmap by longest match, a space in front, runs of spaces to one if asked, and spaces as U+2581.
/// User-defined symbols pass untouched.
/// </summary>
internal sealed class SentencePieceNormalizer(SentencePieceSpec spec, TokenTrie? userDefined) : INormalizer
{
    // No rule is longer than this; looking at a bounded stretch keeps the work linear.
    private const int LongestRule = 64;

    public string Normalize(string text)
    {
        var space = spec.EscapeWhitespaces ? SentencePieceTokenizer.Mark : ' ';
        var result = new StringBuilder(text.Length + 1);
        var swallow = spec.RemoveExtraWhitespaces; // after a space, and at the start, further spaces go
        var started = false;
        for (var at = 0; at < text.Length;)
        {
            var part = Next(text, ref at);
            var skip = 0;
            while (swallow && skip < part.Length && part[skip] == ' ')
                skip++;
            if (skip == part.Length)
                continue;
            if (!started && spec.AddDummyPrefix)
                result.Append(space);
            started = true;
            foreach (var c in part.AsSpan(skip))
                result.Append(c == ' ' ? space : c);
            swallow = spec.RemoveExtraWhitespaces && part[^1] == ' ';
        }
        var length = result.Length;
        while (spec.RemoveExtraWhitespaces && length > 0 && result[length - 1] == space)
            length--;
        return result.ToString(0, length);
    }

    /// <summary>The next user-defined symbol, rule's replacement or character.</summary>
    private string Next(string text, ref int at)
    {
        var rest = text.AsSpan(at);
        if (userDefined is not null && userDefined.TryMatchLongest(rest, out var width, out _))
        {
            at += width;
            return rest[..width].ToString();
        }
        if (spec.Charsmap is { } charsmap)
        {
            Span<byte> utf8 = stackalloc byte[LongestRule];
            Encoding.UTF8.TryGetBytes(rest[..WholeCharacters(rest)], utf8, out var count);
            if (charsmap.TryMatch(utf8[..count], longest: true, out var length, out var replacement))
            {
                at += Encoding.UTF8.GetCharCount(utf8[..length]);
                return Encoding.UTF8.GetString(replacement);
            }
        }
        Rune.DecodeFromUtf16(rest, out var c, out width);
        at += width;
        return c.ToString();
    }

    /// <summary>As many units as surely fit, without half a surrogate pair at the end.</summary>
    private static int WholeCharacters(ReadOnlySpan<char> text)
    {
        var units = Math.Min(text.Length, LongestRule / 3);
        return units < text.Length && char.IsHighSurrogate(text[units - 1]) ? units - 1 : units;
    }
}
