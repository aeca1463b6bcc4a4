using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Trimtab.Tensors.Files;

/// <summary>The numbers by which GGUF names the types of metadata values.</summary>
internal enum GgufValueType : uint
{
    UInt8, Int8, UInt16, Int16, UInt32, Int32, Float32, Bool, String, Array, UInt64, Int64, Float64,
}

/// <summary>Reads metadata values as boxed .NET primitives, strings and typed arrays; arrays of arrays as object[].</summary>
internal sealed class GgufValueReader(FileReader reader)
{
    // No published file nests arrays at all; the limit only keeps a hostile one from exhausting the stack.
    private const int DeepestArray = 8;

    public object Read(string field) => ReadValue(ReadType(field), field, 0);

    private GgufValueType ReadType(string field)
    {
        uint type = reader.ReadUInt32($"type of {field}");
        return type <= (uint)GgufValueType.Float64
            ? (GgufValueType)type
            : throw reader.Wrong($"type of {field}", type, "GGUF has the value types 0 to 12");
    }

    private object ReadValue(GgufValueType type, string field, int depth) => type switch
    {
        GgufValueType.UInt8 => reader.ReadByte(field),
        GgufValueType.Int8 => (sbyte)reader.ReadByte(field),
        GgufValueType.UInt16 => reader.ReadUInt16(field),
        GgufValueType.Int16 => (short)reader.ReadUInt16(field),
        GgufValueType.UInt32 => reader.ReadUInt32(field),
        GgufValueType.Int32 => (int)reader.ReadUInt32(field),
        GgufValueType.Float32 => BitConverter.UInt32BitsToSingle(reader.ReadUInt32(field)),
        GgufValueType.Bool => ToBool(reader.ReadByte(field), field),
        GgufValueType.String => reader.ReadText(field),
        GgufValueType.Array => ReadArray(field, depth + 1),
        GgufValueType.UInt64 => reader.ReadUInt64(field),
        GgufValueType.Int64 => (long)reader.ReadUInt64(field),
        _ => BitConverter.UInt64BitsToDouble(reader.ReadUInt64(field)),
    };

    private Array ReadArray(string field, int depth)
    {
        if (depth > DeepestArray)
            throw reader.Wrong(field, $"an array nested {depth} deep", $"at most {DeepestArray} levels are read");
        var type = ReadType($"elements of {field}");
        string count = $"length of array {field}";
        return type switch
        {
            GgufValueType.UInt8 => ReadNumbers<byte>(field, count),
            GgufValueType.Int8 => ReadNumbers<sbyte>(field, count),
            GgufValueType.UInt16 => ReadNumbers<ushort>(field, count),
            GgufValueType.Int16 => ReadNumbers<short>(field, count),
            GgufValueType.UInt32 => ReadNumbers<uint>(field, count),
            GgufValueType.Int32 => ReadNumbers<int>(field, count),
            GgufValueType.Float32 => ReadNumbers<float>(field, count),
            GgufValueType.Bool => Array.ConvertAll(ReadNumbers<byte>(field, count), value => ToBool(value, field)),
            GgufValueType.String => ReadMany(count, 8, () => reader.ReadText(field)),
            GgufValueType.Array => ReadMany<object>(count, 12, () => ReadArray(field, depth + 1)),
            GgufValueType.UInt64 => ReadNumbers<ulong>(field, count),
            GgufValueType.Int64 => ReadNumbers<long>(field, count),
            _ => ReadNumbers<double>(field, count),
        };
    }

    private T[] ReadNumbers<T>(string field, string countField) where T : unmanaged
    {
        long count = CheckedCount(countField, Unsafe.SizeOf<T>());
        return MemoryMarshal.Cast<byte, T>(reader.Take((int)count * Unsafe.SizeOf<T>(), field)).ToArray();
    }

    private T[] ReadMany<T>(string countField, int leastBytes, Func<T> read)
    {
        var values = new T[CheckedCount(countField, leastBytes)];
        for (int i = 0; i < values.Length; i++)
            values[i] = read();
        return values;
    }

    private long CheckedCount(string field, int leastBytes)
    {
        long count = reader.ReadCount(field, leastBytes);
        return count <= int.MaxValue / leastBytes ? count : throw reader.Wrong(field, count, "metadata arrays of 2 GiB and more are not read");
    }

    private bool ToBool(byte value, string field) => value <= 1 ? value == 1 : throw reader.Wrong(field, value, "a truth value is 0 or 1");
}
