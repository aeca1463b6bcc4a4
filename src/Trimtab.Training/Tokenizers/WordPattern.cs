using System.Text;
using System.Text.RegularExpressions;

namespace Trimtab.Training.Tokenizers;

/// <summary>
/// Cuts text into the words that no token crosses: contractions, words with the one character before them (mostly a space), single digits, signs with the line ends behind them,
/// white space.
/// </summary>
internal static partial class WordPattern
{
    /// <summary>The pattern as tokenizer.json states it, in Oniguruma's syntax: Llama 3's, with single digits as Qwen2 has them. Readers have fast paths for it.</summary>
    public const string Source =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>Finds the words of a text. They cover it.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="words">Receives them, in UTF-16 units.</param>
    public static void Split(ReadOnlySpan<char> text, List<Range> words)
    {
        if (text.IndexOfAnyInRange('\uD800', '\uDFFF') >= 0)
        {
            SplitByCharacters(text, words);
            return;
        }
        foreach (var word in Words().EnumerateMatches(text))
            words.Add(word.Index..(word.Index + word.Length));
    }

    // The long s is an s to patterns that ignore case, but not to .NET's.
    [GeneratedRegex(@"'(?:[sSſtTmMdD]|[rR][eE]|[vV][eE]|[lL][lL])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Words();

    // .NET's classes see UTF-16 units, and half an emoji is no sign: characters of two units are matched as one of their kind.
    private static void SplitByCharacters(ReadOnlySpan<char> text, List<Range> words)
    {
        var characters = new char[text.Length];
        int[] starts = new int[text.Length + 1];
        int count = 0;
        for (int at = 0; at < text.Length;)
        {
            Rune.DecodeFromUtf16(text[at..], out var character, out int width);
            (characters[count], starts[count]) = (StandIn(character), at);
            count++;
            at += width;
        }
        starts[count] = text.Length;
        foreach (var word in Words().EnumerateMatches(characters.AsSpan(0, count)))
            words.Add(starts[word.Index]..starts[word.Index + word.Length]);
    }

    private static char StandIn(Rune character) => character.IsBmp ? (char)character.Value
        : Rune.IsLetter(character) ? 'a'
        : Rune.IsNumber(character) ? '0'
        : '!';
}
