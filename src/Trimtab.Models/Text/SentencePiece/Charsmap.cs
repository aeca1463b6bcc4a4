using System.Buffers.Binary;
using System.Text;

namespace Trimtab.Models.Text;

/// <summary>
/// Sentencepiece's compiled normalisation rules: a double-array trie over UTF-8 bytes whose values point at null-terminated replacements.
/// </summary>
internal sealed class Charsmap
{
    private readonly uint[] _units;
    private readonly byte[] _replacements;

    private Charsmap(uint[] units, byte[] replacements) => (_units, _replacements) = (units, replacements);

    /// <summary>Reads the blob: the trie's length in bytes, the trie, the replacements.</summary>
    public static Charsmap Parse(ReadOnlySpan<byte> blob, string file, string field)
    {
        var size = blob.Length >= 4 ? BinaryPrimitives.ReadUInt32LittleEndian(blob) : uint.MaxValue;
        if (size > blob.Length - 4 || size % 4 != 0)
            throw new TokenizerFormatException($"{file}: {field} has {blob.Length} bytes and claims a trie of {size}; the file is "
                + "cut or not a charsmap.");
        var units = new uint[size / 4];
        for (var i = 0; i < units.Length; i++)
            units[i] = BinaryPrimitives.ReadUInt32LittleEndian(blob[(4 + 4 * i)..]);
        return new Charsmap(units, blob[(4 + (int)size)..].ToArray());
    }

    /// <summary>The replacement of the longest (or shortest) prefix that has one, and the prefix's length in bytes.</summary>
    public bool TryMatch(ReadOnlySpan<byte> text, bool longest, out int length, out ReadOnlySpan<byte> replacement)
    {
        length = 0;
        replacement = default;
        if (_units.Length == 0)
            return false;
        uint value = 0;
        var node = Offset(_units[0]);
        for (var i = 0; i < text.Length && text[i] != 0; i++)
        {
            node ^= text[i];
            if (node >= _units.Length || (_units[node] & 0x800000FF) != text[i])
                break;
            var unit = _units[node];
            node ^= Offset(unit);
            if ((unit >> 8 & 1) == 0 || node >= _units.Length)
                continue;
            (length, value) = (i + 1, _units[node] & 0x7FFFFFFF);
            if (!longest)
                break;
        }
        if (length == 0 || value >= _replacements.Length)
            return false;
        replacement = _replacements.AsSpan((int)value);
        var end = replacement.IndexOf((byte)0);
        replacement = end < 0 ? replacement : replacement[..end];
        return true;
    }

    private static uint Offset(uint unit) => unit >> 10 << (int)((unit & (1 << 9)) >> 6);
}

/// <summary>
/// The charsmap as tokenizer.json files apply it: to whole grapheme clusters of less than six bytes, else to single characters, and by the
/// shortest match. That differs from sentencepiece itself, and the ids of such checkpoints depend on it.
/// </summary>
internal sealed class GraphemeCharsmap(Charsmap charsmap) : INormalizer
{
    public string Normalize(string text)
    {
        var result = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length;)
        {
            var length = System.Globalization.StringInfo.GetNextTextElementLength(text, at);
            var cluster = text.AsSpan(at, length);
            if (Encoding.UTF8.GetByteCount(cluster) >= 6 || !TryReplace(cluster, result))
                foreach (var c in cluster.EnumerateRunes())
                    if (!TryReplace(c.ToString(), result))
                        result.Append(c.ToString());
            at += length;
        }
        return result.ToString();
    }

    private bool TryReplace(ReadOnlySpan<char> text, StringBuilder result)
    {
        Span<byte> utf8 = stackalloc byte[8];
        var count = Encoding.UTF8.GetBytes(text, utf8);
        if (!charsmap.TryMatch(utf8[..count], longest: false, out _, out var replacement))
            return false;
        result.Append(Encoding.UTF8.GetString(replacement));
        return true;
    }
}
