using System.Numerics;
using System.Text;

namespace Trimtab.Tensors.Files;

/// <summary>Writes GGUF files, version 3, little-endian.</summary>
public static class GgufWriter
{
    /// <summary>
    /// Writes a file, first under a temporary name beside it and then renamed. Metadata values are the types that <see cref="GgufFile.Metadata"/>
    /// gives; they are written in the order given. Shapes are row-major and written reversed, as the format wants them. Tensor data is aligned to
    /// <c>general.alignment</c> (a uint power of two of at least 8), or to 32 bytes where the metadata does not set it.
    /// </summary>
    /// <exception cref="TensorException">A name is given twice, a value or tensor has a type that GGUF does not have, or the alignment is not usable.</exception>
    public static void Write(string path, IEnumerable<KeyValuePair<string, object>> metadata, IEnumerable<(string Name, Tensor Tensor)> tensors)
    {
        var pairs = metadata.ToList();
        var list = tensors.ToList();
        CheckNames("metadata key", pairs.Select(p => p.Key));
        CheckNames("tensor", list.Select(t => t.Name));
        int alignment = Alignment(pairs);
        byte[] header = Header(pairs, list, alignment);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            stream.Pad(header.Length, alignment);
            foreach (var (_, tensor) in list)
            {
                stream.Write(tensor);
                stream.Pad(tensor.ByteCount, alignment);
            }
        });
    }

    private static void CheckNames(string kind, IEnumerable<string> names)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string name in names)
            if (!seen.Add(name))
                throw new TensorException($"GgufWriter.Write: the {kind} '{name}' is given twice — every {kind} needs a name of its own.");
    }

    private static int Alignment(List<KeyValuePair<string, object>> metadata)
    {
        object value = metadata.Find(p => p.Key == GgufHeader.AlignmentKey).Value ?? (uint)GgufHeader.DefaultAlignment;
        return value is uint alignment and >= 8 and <= 1 << 20 && BitOperations.IsPow2(alignment)
            ? (int)alignment
            : throw new TensorException($"GgufWriter.Write: {GgufHeader.AlignmentKey} is {value} ({value.GetType().Name}) — expected a uint power of two from 8 to 2²⁰.");
    }

    private static byte[] Header(List<KeyValuePair<string, object>> metadata, List<(string Name, Tensor Tensor)> tensors, int alignment)
    {
        using var buffer = new MemoryStream();
        using var writer = new BinaryWriter(buffer, Encoding.UTF8);
        writer.Write("GGUF"u8);
        writer.Write(3u);
        writer.Write((ulong)tensors.Count);
        writer.Write((ulong)metadata.Count);
        foreach (var (key, value) in metadata)
        {
            WriteText(writer, key);
            WriteValue(writer, key, value);
        }
        long offset = 0;
        foreach (var (name, tensor) in tensors)
        {
            WriteEntry(writer, name, tensor, offset);
            offset += (tensor.ByteCount + alignment - 1) / alignment * alignment;
        }
        writer.Flush();
        return buffer.ToArray();
    }

    private static void WriteEntry(BinaryWriter writer, string name, Tensor tensor, long offset)
    {
        WriteText(writer, name);
        writer.Write((uint)tensor.Shape.Rank);
        for (int axis = tensor.Shape.Rank - 1; axis >= 0; axis--)
            writer.Write((ulong)tensor.Shape[axis]);
        writer.Write(GgmlType.Number(tensor, name));
        writer.Write((ulong)offset);
    }

    private static void WriteValue(BinaryWriter writer, string key, object value)
    {
        var type = TypeOf(key, value.GetType());
        writer.Write((uint)type);
        WriteBare(writer, key, type, value);
    }

    private static void WriteBare(BinaryWriter writer, string key, GgufValueType type, object value)
    {
        switch (type)
        {
            case GgufValueType.Array: WriteArray(writer, key, (Array)value); break;
            case GgufValueType.String: WriteText(writer, (string)value); break;
            case GgufValueType.UInt8: writer.Write((byte)value); break;
            case GgufValueType.Int8: writer.Write((sbyte)value); break;
            case GgufValueType.UInt16: writer.Write((ushort)value); break;
            case GgufValueType.Int16: writer.Write((short)value); break;
            case GgufValueType.UInt32: writer.Write((uint)value); break;
            case GgufValueType.Int32: writer.Write((int)value); break;
            case GgufValueType.Float32: writer.Write((float)value); break;
            case GgufValueType.Bool: writer.Write((bool)value); break;
            case GgufValueType.UInt64: writer.Write((ulong)value); break;
            case GgufValueType.Int64: writer.Write((long)value); break;
            default: writer.Write((double)value); break;
        }
    }

    private static void WriteArray(BinaryWriter writer, string key, Array values)
    {
        var elementType = values.GetType().GetElementType()!;
        var type = elementType == typeof(object) ? GgufValueType.Array : TypeOf(key, elementType);
        writer.Write((uint)type);
        writer.Write((ulong)values.LongLength);
        foreach (object value in values)
            WriteBare(writer, key, type, value is Array || type != GgufValueType.Array
                ? value
                : throw new TensorException($"GgufWriter.Write: metadata '{key}' mixes arrays and a {value.GetType().Name} — elements must be of one type."));
    }

    private static void WriteText(BinaryWriter writer, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.LongLength);
        writer.Write(bytes);
    }

    private static GgufValueType TypeOf(string key, Type type) => type.IsArray ? GgufValueType.Array : Type.GetTypeCode(type) switch
    {
        TypeCode.Byte => GgufValueType.UInt8,
        TypeCode.SByte => GgufValueType.Int8,
        TypeCode.UInt16 => GgufValueType.UInt16,
        TypeCode.Int16 => GgufValueType.Int16,
        TypeCode.UInt32 => GgufValueType.UInt32,
        TypeCode.Int32 => GgufValueType.Int32,
        TypeCode.Single => GgufValueType.Float32,
        TypeCode.Boolean => GgufValueType.Bool,
        TypeCode.String => GgufValueType.String,
        TypeCode.UInt64 => GgufValueType.UInt64,
        TypeCode.Int64 => GgufValueType.Int64,
        TypeCode.Double => GgufValueType.Float64,
        _ => throw new TensorException($"GgufWriter.Write: metadata '{key}' is a {type.Name} — GGUF has whole numbers, floats, truth values, strings and arrays of them."),
    };
}
