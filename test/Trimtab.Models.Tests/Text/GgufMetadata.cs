using System.Buffers.Binary;
using System.Text;

namespace Trimtab.Models.Tests.Text;

/// <summary>A minimal reader of GGUF key-value pairs, enough to feed vocabularies to the tokenizer under test.</summary>
internal static class GgufMetadata
{
    public static Dictionary<string, object> Read(byte[] file)
    {
        using var reader = new BinaryReader(new MemoryStream(file), Encoding.UTF8);
        if (reader.ReadUInt32() != BinaryPrimitives.ReadUInt32LittleEndian("GGUF"u8))
            throw new InvalidDataException("not a GGUF file");
        reader.ReadUInt32();
        reader.ReadUInt64();
        var pairs = new Dictionary<string, object>();
        for (var count = reader.ReadUInt64(); count > 0; count--)
        {
            var key = Text(reader);
            pairs[key] = Value(reader, reader.ReadUInt32());
        }
        return pairs;
    }

    private static string Text(BinaryReader reader) => Encoding.UTF8.GetString(reader.ReadBytes((int)reader.ReadUInt64()));

    private static object Value(BinaryReader reader, uint type) => type switch
    {
        0 => reader.ReadByte(),
        1 => reader.ReadSByte(),
        2 => reader.ReadUInt16(),
        3 => reader.ReadInt16(),
        4 => reader.ReadUInt32(),
        5 => reader.ReadInt32(),
        6 => reader.ReadSingle(),
        7 => reader.ReadByte() != 0,
        8 => Text(reader),
        9 => Items(reader, reader.ReadUInt32()),
        10 => reader.ReadUInt64(),
        11 => reader.ReadInt64(),
        12 => reader.ReadDouble(),
        _ => throw new InvalidDataException($"type {type}"),
    };

    private static Array Items(BinaryReader reader, uint type)
    {
        var count = (int)reader.ReadUInt64();
        var items = Enumerable.Range(0, count).Select(_ => Value(reader, type)).ToArray();
        var typed = Array.CreateInstance(count == 0 ? typeof(object) : items[0].GetType(), count);
        items.CopyTo(typed, 0);
        return typed;
    }
}
