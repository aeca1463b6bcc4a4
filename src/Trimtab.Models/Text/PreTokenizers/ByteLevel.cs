using System.Buffers;
using System.Text;

namespace Trimtab.Models.Text;

/// <summary>
/// GPT-2's way with bytes: optionally a leading space, optionally GPT-2's split, and then every byte of the UTF-8 text becomes one visible
/// character, so that any text can be spelled without an unknown token.
/// </summary>
/// <param name="addPrefixSpace">Put a space before every piece that has none.</param>
/// <param name="split">GPT-2's split, or none where another pre-tokenizer has done the splitting.</param>
internal sealed class ByteLevel(bool addPrefixSpace, IPreTokenizer? split) : IPreTokenizer
{
    public bool AddsPrefixSpace => addPrefixSpace;

    /// <summary>What splits before the spelling; null where another pre-tokenizer has done it.</summary>
    public IPreTokenizer? Inner => split;

    public void Apply(IReadOnlyList<Piece> pieces, List<Piece> output)
    {
        if (addPrefixSpace)
            pieces = [.. pieces.Select(p => p.Text.Length > 0 && p.Text.Span[0] == ' ' ? p : p with { Text = (" " + p.Text).AsMemory() })];
        if (split is not null)
        {
            var parts = new List<Piece>();
            split.Apply(pieces, parts);
            pieces = parts;
        }
        Spell(pieces, output);
    }

    /// <summary>Spells all pieces into one buffer and hands out slices of it.</summary>
    private static void Spell(IReadOnlyList<Piece> pieces, List<Piece> output)
    {
        var total = 0;
        foreach (var piece in pieces)
            total += Encoding.UTF8.GetByteCount(piece.Text.Span);
        var spelled = new char[total];
        var at = 0;
        foreach (var piece in pieces)
        {
            var length = ByteAlphabet.Spell(piece.Text.Span, spelled.AsSpan(at));
            output.Add(piece with { Text = spelled.AsMemory(at, length) });
            at += length;
        }
    }
}

/// <summary>The 256 visible characters that stand for bytes in byte-level vocabularies.</summary>
internal static class ByteAlphabet
{
    private const int Beyond = 0x180;

    private static readonly char[] Characters = new char[256];
    private static readonly short[] Bytes = new short[Beyond];

    static ByteAlphabet()
    {
        Array.Fill(Bytes, (short)-1);
        var next = 256;
        for (var b = 0; b < 256; b++)
        {
            // Printable Latin-1 characters stand for themselves, the others take the letters from U+0100 on.
            var visible = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            Characters[b] = (char)(visible ? b : next++);
            Bytes[Characters[b]] = (short)b;
        }
    }

    /// <summary>The character of a byte.</summary>
    public static char CharacterOf(byte value) => Characters[value];

    /// <summary>The byte of a character, or −1 for a character outside the alphabet.</summary>
    public static int ByteOf(char character) => character < Beyond ? Bytes[character] : -1;

    /// <summary>Spells the UTF-8 bytes of a text; returns how many characters were written.</summary>
    public static int Spell(ReadOnlySpan<char> text, Span<char> output)
    {
        Span<byte> utf8 = stackalloc byte[4];
        var count = 0;
        for (var at = 0; at < text.Length;)
        {
            if (text[at] < 0x80)
            {
                output[count++] = Characters[text[at++]];
                continue;
            }
            Rune.DecodeFromUtf16(text[at..], out var c, out var width);
            at += width;
            foreach (var b in utf8[..c.EncodeToUtf8(utf8)])
                output[count++] = Characters[b];
        }
        return count;
    }

    public static string Spell(string text) => Spell(Encoding.UTF8.GetBytes(text));

    public static string Spell(ReadOnlySpan<byte> bytes)
    {
        var characters = new char[bytes.Length];
        for (var i = 0; i < bytes.Length; i++)
            characters[i] = Characters[bytes[i]];
        return new string(characters);
    }
}
