using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Trimtab.Tensors.Files;

/// <summary>Writes safetensors files: header padded with spaces to a multiple of 8 bytes, data without holes.</summary>
internal static class SafetensorsWriter
{
    private const int Alignment = 8;

    public static void Write(string path, IEnumerable<(string Name, Tensor Tensor)> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var ordered = tensors.OrderByDescending(t => t.Tensor.DType.BlockBytes()).ToList();
        CheckNames(ordered);
        byte[] header = Header(ordered, metadata);
        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[8];
            long padded = (header.Length + Alignment - 1) / Alignment * Alignment;
            BinaryPrimitives.WriteInt64LittleEndian(length, padded);
            stream.Write(length);
            stream.Write(header);
            stream.Pad(header.Length, Alignment, (byte)' ');
            foreach (var (_, tensor) in ordered)
                stream.Write(tensor);
        });
    }

    private static void CheckNames(List<(string Name, Tensor Tensor)> tensors)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal) { "__metadata__" };
        foreach (var (name, _) in tensors)
            if (!seen.Add(name))
                throw new TensorException($"SafetensorsFile.Write: the name '{name}' is given twice or reserved — every tensor needs a name of its own.");
    }

    private static byte[] Header(List<(string Name, Tensor Tensor)> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
                WriteMetadata(json, metadata);
            long offset = 0;
            foreach (var (name, tensor) in tensors)
            {
                WriteEntry(json, name, tensor, offset);
                offset += tensor.ByteCount;
            }
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    // Sorted, so that the same content always gives the same bytes.
    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        json.WriteStartObject("__metadata__");
        foreach (var (key, value) in metadata.OrderBy(p => p.Key, StringComparer.Ordinal))
            json.WriteString(key, value);
        json.WriteEndObject();
    }

    private static void WriteEntry(Utf8JsonWriter json, string name, Tensor tensor, long offset)
    {
        json.WriteStartObject(name);
        json.WriteString("dtype", SafetensorsType.Name(tensor, name));
        json.WriteStartArray("shape");
        foreach (int size in tensor.Shape.ToArray())
            json.WriteNumberValue(size);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(offset);
        json.WriteNumberValue(offset + tensor.ByteCount);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
