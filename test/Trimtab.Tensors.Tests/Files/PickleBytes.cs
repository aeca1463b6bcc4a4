using System.IO.Compression;
using System.Text;

namespace Trimtab.Tensors.Tests.Files;

/// <summary>Composes pickles opcode by opcode, honest ones and others; independent of the reader's tables.</summary>
internal sealed class PickleBytes
{
    private readonly List<byte> _bytes = [0x80, 2];

    public PickleBytes Raw(params byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public PickleBytes Op(char code) => Raw((byte)code);

    public PickleBytes Text(string text) => Op('X').Raw(BitConverter.GetBytes(Encoding.UTF8.GetByteCount(text))).Raw(Encoding.UTF8.GetBytes(text));

    public PickleBytes Global(string module, string name) => Op('c').Raw(Encoding.UTF8.GetBytes($"{module}\n{name}\n"));

    public PickleBytes Long(long value) => Raw(0x8A, 8).Raw(BitConverter.GetBytes(value));

    public PickleBytes Tuple(params long[] values)
    {
        Op('(');
        foreach (long value in values)
            Long(value);
        return Op('t');
    }

    /// <summary>_rebuild_tensor_v2 of a storage.</summary>
    public PickleBytes Tensor(string storageClass, string key, long elements, long offset, long[] size, long[] stride) =>
        Global("torch._utils", "_rebuild_tensor_v2").Op('(').Storage(storageClass, key, elements).Long(offset).Tuple(size).Tuple(stride)
            .Raw(0x89).Global("collections", "OrderedDict").Op(')').Op('R').Op('t').Op('R');

    public PickleBytes Storage(string storageClass, string key, long elements) =>
        Op('(').Text("storage").Global("torch", storageClass).Text(key).Text("cpu").Long(elements).Op('t').Op('Q');

    public byte[] ToArray() => [.. _bytes, (byte)'.'];
}

/// <summary>Packs pickles and storages the way torch.save does, in its zip format and in the older one.</summary>
internal static class TorchBytes
{
    public static byte[] Zip(byte[] pickle, string folder = "archive", string byteOrder = "little", CompressionLevel level = CompressionLevel.NoCompression, params (string Key, byte[] Data)[] storages)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add(zip, $"{folder}/data.pkl", pickle, level);
            Add(zip, $"{folder}/byteorder", Encoding.ASCII.GetBytes(byteOrder), level);
            foreach (var (key, data) in storages)
                Add(zip, $"{folder}/data/{key}", data, level);
            Add(zip, $"{folder}/version", "3\n"u8.ToArray(), level);
        }
        return stream.ToArray();
    }

    public static byte[] Legacy(byte[] pickle, params (string Key, long Elements, byte[] Data)[] storages)
    {
        var keys = new PickleBytes().Op(']').Op('(');
        foreach (var (key, _, _) in storages)
            keys.Text(key);
        byte[] facts = new PickleBytes().Op('}').Op('(').Text("protocol_version").Raw((byte)'M', 0xE9, 3).Text("little_endian").Raw(0x88).Op('u').ToArray();
        byte[] start = [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, (byte)'.', 0x80, 2, (byte)'M', 0xE9, 3, (byte)'.'];
        return [.. start, .. facts, .. pickle, .. keys.Op('e').ToArray(), .. storages.SelectMany(s => (byte[])[.. BitConverter.GetBytes(s.Elements), .. s.Data])];
    }

    private static void Add(ZipArchive zip, string name, byte[] content, CompressionLevel level)
    {
        using var entry = zip.CreateEntry(name, level).Open();
        entry.Write(content);
    }
}
