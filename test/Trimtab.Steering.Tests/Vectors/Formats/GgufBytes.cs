using System.Text;

namespace Trimtab.Steering.Tests.Vectors;

/// <summary>A GGUF control vector, version 3, written field by field as other tools write it; without any code of the library.</summary>
internal sealed class GgufBytes
{
    private readonly List<(string Key, uint Type, byte[] Value)> _metadata = [];
    private readonly List<(string Name, uint Type, ulong[] Sizes, byte[] Data)> _tensors = [];

    public GgufBytes Text(string key, string value) => Add(key, 8, [.. BitConverter.GetBytes((ulong)Encoding.UTF8.GetByteCount(value)), .. Encoding.UTF8.GetBytes(value)]);

    public GgufBytes UInt32(string key, uint value) => Add(key, 4, BitConverter.GetBytes(value));

    public GgufBytes Int32(string key, int value) => Add(key, 5, BitConverter.GetBytes(value));

    public GgufBytes Float32(string key, float value) => Add(key, 6, BitConverter.GetBytes(value));

    public GgufBytes Tensor(string name, params float[] values) => Tensor(name, 0, [(ulong)values.Length], [.. values.SelectMany(BitConverter.GetBytes)]);

    public GgufBytes Tensor(string name, uint type, ulong[] sizes, byte[] data)
    {
        _tensors.Add((name, type, sizes, data));
        return this;
    }

    public byte[] ToArray()
    {
        using var buffer = new MemoryStream();
        using var writer = new BinaryWriter(buffer);
        writer.Write("GGUF"u8);
        writer.Write(3u);
        writer.Write((ulong)_tensors.Count);
        writer.Write((ulong)_metadata.Count);
        foreach (var (key, type, value) in _metadata)
        {
            Text(writer, key);
            writer.Write(type);
            writer.Write(value);
        }
        ulong offset = 0;
        foreach (var (name, type, sizes, data) in _tensors)
        {
            Text(writer, name);
            writer.Write((uint)sizes.Length);
            foreach (ulong size in sizes)
                writer.Write(size);
            writer.Write(type);
            writer.Write(offset);
            offset += ((ulong)data.Length + 31) / 32 * 32;
        }
        foreach (var (_, _, _, data) in _tensors)
        {
            Pad(writer);
            writer.Write(data);
        }
        Pad(writer);
        return buffer.ToArray();
    }

    private static void Pad(BinaryWriter writer)
    {
        while (writer.BaseStream.Position % 32 != 0)
            writer.Write((byte)0);
    }

    private static void Text(BinaryWriter writer, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private GgufBytes Add(string key, uint type, byte[] value)
    {
        _metadata.Add((key, type, value));
        return this;
    }
}
