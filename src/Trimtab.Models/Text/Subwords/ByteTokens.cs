using System.Globalization;

namespace Trimtab.Models.Text;

/// <summary>The 256 tokens <c>&lt;0x00&gt;</c>…<c>&lt;0xFF&gt;</c> by which a vocabulary spells characters that it lacks.</summary>
internal sealed class ByteTokens
{
    private readonly int[] _ids = new int[256];

    private ByteTokens()
    {
    }

    /// <summary>Looks the byte tokens up; bytes that the vocabulary lacks have no token.</summary>
    public static ByteTokens Of(Vocabulary vocabulary)
    {
        var bytes = new ByteTokens();
        for (var b = 0; b < 256; b++)
            bytes._ids[b] = vocabulary.TryGetId($"<0x{b:X2}>", out var id) ? id : -1;
        return bytes;
    }

    /// <summary>Writes the ids of a character's UTF-8 bytes; 0 where one of them has no token.</summary>
    public int Spell(System.Text.Rune character, Span<int> ids)
    {
        Span<byte> utf8 = stackalloc byte[4];
        var count = character.EncodeToUtf8(utf8);
        for (var i = 0; i < count; i++)
        {
            ids[i] = _ids[utf8[i]];
            if (ids[i] < 0)
                return 0;
        }
        return count;
    }

    /// <summary>Reads <c>&lt;0xE2&gt;</c> as a byte.</summary>
    public static bool TryParse(ReadOnlySpan<char> token, out byte value)
    {
        value = 0;
        return token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
            && byte.TryParse(token[3..5], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }
}
