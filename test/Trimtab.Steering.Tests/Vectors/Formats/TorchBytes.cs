using System.IO.Compression;
using System.Text;

namespace Trimtab.Steering.Tests.Vectors;

/// <summary>A torch file with one tensor, opcode by opcode as Python's pickler writes it (memo entries, short integers), packed by the framework's own zip writer.</summary>
internal static class TorchBytes
{
    /// <summary>A bare F32 tensor.</summary>
    public static byte[] Of(float[] values, params int[] sizes) => Zip([.. Start, .. Rebuild("FloatStorage", values.Length, sizes), .. "."u8], [.. values.SelectMany(BitConverter.GetBytes)]);

    /// <summary>A bare tensor of another element type.</summary>
    public static byte[] Of(string storage, int count, byte[] data, params int[] sizes) => Zip([.. Start, .. Rebuild(storage, count, sizes), .. "."u8], data);

    /// <summary>{key: tensor, "name": text}.</summary>
    public static byte[] Dictionary(string key, float[] values, int[] sizes, string name) =>
        Zip([.. Start, .. "}("u8, .. Text(key), .. Rebuild("FloatStorage", values.Length, sizes), .. Text("name"), .. Text(name), .. "u."u8], [.. values.SelectMany(BitConverter.GetBytes)]);

    /// <summary>{key: tensor, "name": [[[…]]]}.</summary>
    public static byte[] Nested(string key, float[] values, int[] sizes, int depth) => Zip([.. Start, .. "}("u8, .. Text(key), .. Rebuild("FloatStorage", values.Length, sizes),
        .. Text("name"), .. Enumerable.Repeat((byte)']', depth), .. Enumerable.Repeat((byte)'a', depth - 1), .. "u."u8], [.. values.SelectMany(BitConverter.GetBytes)]);

    private static byte[] Start => [0x80, 2];

    private static byte[] Rebuild(string storage, int count, int[] sizes)
    {
        int[] strides = [.. sizes.Select((_, axis) => sizes[(axis + 1)..].Aggregate(1, (a, b) => a * b))];
        return [.. "ctorch._utils\n_rebuild_tensor_v2\nq\0(("u8, .. Text("storage"), .. "q\x01"u8, .. Encoding.ASCII.GetBytes($"ctorch\n{storage}\nq\x02"),
            .. Text("0"), .. "q\x03"u8, .. Text("cpu"), .. "q\x04"u8, .. Integer(count), .. "tq\x05QK\0"u8, .. Tuple(sizes), .. "q\x06"u8, .. Tuple(strides), .. "q\a"u8,
            0x89, .. "ccollections\nOrderedDict\nq\b)Rq\ttq\nRq\v"u8];
    }

    private static byte[] Text(string text) => [(byte)'X', .. BitConverter.GetBytes(Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];

    private static byte[] Integer(int value) => value < 256 ? [(byte)'K', (byte)value] : [(byte)'M', (byte)value, (byte)(value >> 8)];

    private static byte[] Tuple(int[] values) => values.Length <= 3
        ? [.. values.SelectMany(Integer), (byte)(0x84 + values.Length)]
        : [(byte)'(', .. values.SelectMany(Integer), (byte)'t'];

    private static byte[] Zip(byte[] pickle, byte[] data)
    {
        using var buffer = new MemoryStream();
        using (var zip = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (name, content) in new[] { ("v/data.pkl", pickle), ("v/byteorder", "little"u8.ToArray()), ("v/data/0", data), ("v/version", "3\n"u8.ToArray()) })
            {
                using var entry = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
                entry.Write(content);
            }
        return buffer.ToArray();
    }
}
