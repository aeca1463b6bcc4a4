using System.Buffers;
using System.Text;

namespace Trimtab.Models.Text;

/// <summary>
/// Byte-pair encoding (Sennrich et al. 2016) in all its published variants: a piece falls into characters, and neighbouring symbols
/// merge in the order of the merge table. Byte-level tokenizers hand over text in which every character already stands for a byte.
/// </summary>
internal sealed class BytePairEncoding : ISubwordModel
{
    private readonly BytePairOptions _options;
    private readonly CharacterSymbols _characters;
    private readonly ByteTokens? _bytes;
    private readonly WordCache _cache = new();

    // True where no token reaches from one word into the next, so that words may be encoded, and remembered, one by one.
    private readonly bool _wordsAreSeparate;

    public BytePairEncoding(Vocabulary vocabulary, BytePairOptions options)
    {
        Vocabulary = vocabulary;
        _options = options;
        _characters = options.Characters ?? new CharacterSymbols(vocabulary);
        _bytes = options.ByteFallback ? ByteTokens.Of(vocabulary) : null;
        _wordsAreSeparate = options is { IgnoreMerges: false, ContinuingPrefix: "", EndOfWordSuffix: "" }
            && vocabulary.TryGetId(Mark.ToString(), out _) && !vocabulary.Entries.Any(entry => NextWord(entry.Key, 0) < entry.Key.Length);
    }

    public Vocabulary Vocabulary { get; }

    public void Encode(ReadOnlySpan<char> piece, List<int> ids)
    {
        if (_options.IgnoreMerges && Vocabulary.TryGetId(piece, out var whole))
        {
            ids.Add(whole);
            return;
        }
        for (var at = 0; at < piece.Length;)
        {
            var end = _wordsAreSeparate ? NextWord(piece, at) : piece.Length;
            EncodeWord(piece[at..end], ids);
            at = end;
        }
    }

    private const char Mark = SentencePieceTokenizer.Mark;

    /// <summary>The next place after <paramref name="at"/> where a mark follows something that is no mark.</summary>
    private static int NextWord(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && text[at] == Mark)
            at++;
        var next = text[at..].IndexOf(Mark);
        return next < 0 ? text.Length : at + next;
    }

    private void EncodeWord(ReadOnlySpan<char> piece, List<int> ids)
    {
        if (_cache.TryGet(piece, out var known))
        {
            ids.AddRange(known);
            return;
        }
        var start = ids.Count;
        EncodeAfresh(piece, ids);
        _cache.Remember(piece, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(ids)[start..]);
    }

    private void EncodeAfresh(ReadOnlySpan<char> piece, List<int> ids)
    {
        var most = _bytes is null ? piece.Length : 3 * piece.Length; // a UTF-16 unit is at most three bytes of UTF-8
        int[]? rented = null;
        var symbols = most <= 256 ? stackalloc int[256] : rented = ArrayPool<int>.Shared.Rent(most);
        try
        {
            var count = Split(piece, symbols);
            count = SymbolMerger.Merge(symbols[..count], _options.Merges);
            foreach (var symbol in symbols[..count])
                Append(symbol, ids);
        }
        finally
        {
            if (rented is not null)
                ArrayPool<int>.Shared.Return(rented);
        }
    }

    /// <summary>
    /// The symbols before any merge: one per character, or the bytes or the unknown token of a character the vocabulary lacks.
    /// </summary>
    private int Split(ReadOnlySpan<char> piece, Span<int> symbols)
    {
        var count = 0;
        var afterUnknown = false;
        for (var at = 0; at < piece.Length;)
        {
            if (_options.Unbreakable is { } trie && trie.TryMatchLongest(piece[at..], out var length, out var id))
            {
                symbols[count++] = Freeze(id);
                at += length;
                afterUnknown = false;
                continue;
            }
            Rune.DecodeFromUtf16(piece[at..], out var character, out var width);
            var symbol = SymbolOf(character, isFirst: at == 0, isLast: at + width == piece.Length);
            at += width;
            if (symbol >= 0)
                symbols[count++] = symbol;
            else if (_bytes?.Spell(character, symbols[count..]) is > 0 and var bytes)
                count += bytes;
            else if (_options.UnknownId is { } unknown && !(afterUnknown && _options.FuseUnknown))
                symbols[count++] = unknown;
            afterUnknown = symbol < 0 && count > 0 && symbols[count - 1] == _options.UnknownId;
        }
        return count;
    }

    private int SymbolOf(Rune character, bool isFirst, bool isLast)
    {
        var prefix = isFirst ? "" : _options.ContinuingPrefix;
        var suffix = isLast ? _options.EndOfWordSuffix : "";
        if (prefix.Length == 0 && suffix.Length == 0)
            return _characters.SymbolOf(character);
        return Vocabulary.TryGetId(prefix + character + suffix, out var id) ? id : -1;
    }

    private void Append(int symbol, List<int> ids)
    {
        if (symbol < 0)
            ids.Add(Thaw(symbol));
        else if (!_characters.IsAbsent(symbol, out var character))
            ids.Add(symbol);
        else
            AppendAbsent(character, ids);
    }

    private void AppendAbsent(Rune character, List<int> ids)
    {
        Span<int> spelling = stackalloc int[4];
        if (_bytes?.Spell(character, spelling) is > 0 and var count)
            ids.AddRange(spelling[..count]);
        else if (_options.UnknownId is { } unknown && !(_options.FuseUnknown && ids.Count > 0 && ids[^1] == unknown))
            ids.Add(unknown);
    }

    /// <summary>A symbol that takes part in no merge; the merger leaves negative symbols alone.</summary>
    private static int Freeze(int id) => -id - 1;

    private static int Thaw(int symbol) => -symbol - 1;
}
