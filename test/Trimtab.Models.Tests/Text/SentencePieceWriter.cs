using Trimtab.Models.Text;

namespace Trimtab.Models.Tests.Text;

/// <summary>Writes small sentencepiece models.</summary>
internal static class SentencePieceWriter
{
    public static byte[] Write(
        SentencePieceEntry[] pieces, bool unigram = false, bool removeExtraWhitespaces = false, byte[]? charsmap = null, int? type = null)
    {
        var file = new MemoryStream();
        foreach (var piece in pieces)
        {
            var content = new MemoryStream();
            Bytes(content, 1, System.Text.Encoding.UTF8.GetBytes(piece.Text));
            content.WriteByte(2 << 3 | 5);
            content.Write(BitConverter.GetBytes(piece.Score));
            Number(content, 3, (int)piece.Type);
            Bytes(file, 1, content.ToArray());
        }
        var trainer = new MemoryStream();
        Number(trainer, 3, type ?? (unigram ? 1 : 2));
        Bytes(file, 2, trainer.ToArray());
        var normalizer = new MemoryStream();
        if (charsmap is not null)
            Bytes(normalizer, 2, charsmap);
        Number(normalizer, 4, removeExtraWhitespaces ? 1 : 0);
        Bytes(file, 3, normalizer.ToArray());
        return file.ToArray();
    }

    public static void Bytes(Stream stream, int field, byte[] content)
    {
        Varint(stream, (ulong)field << 3 | 2);
        Varint(stream, (ulong)content.Length);
        stream.Write(content);
    }

    public static void Number(Stream stream, int field, int value)
    {
        Varint(stream, (ulong)field << 3);
        Varint(stream, (ulong)value);
    }

    public static void Varint(Stream stream, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            stream.WriteByte((byte)(value | 0x80));
        stream.WriteByte((byte)value);
    }
}
