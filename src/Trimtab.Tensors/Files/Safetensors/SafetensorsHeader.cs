using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Trimtab.Tensors.Storage;

namespace Trimtab.Tensors.Files;

/// <summary>
/// Parses and checks the header of a safetensors file: an 8-byte length, then one JSON object that gives type, shape and byte range of every tensor.
/// The ranges must cover the data section without overlap and without a hole, as the format demands.
/// </summary>
internal sealed class SafetensorsHeader
{
    /// <summary>The format's own limit on the length of the header.</summary>
    public const long LongestHeader = 100_000_000;

    private const string MetadataKey = "__metadata__";

    private readonly FileReader _reader;
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorEntry> _entries = new(StringComparer.Ordinal);
    private bool _metadataSeen;
    private long _dataStart;

    private SafetensorsHeader(MappedStorage file) => _reader = new FileReader(file);

    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>The tensors, in the order of their data.</summary>
    public IReadOnlyList<TensorEntry> Entries { get; private set; } = [];

    public static SafetensorsHeader Read(MappedStorage file)
    {
        var header = new SafetensorsHeader(file);
        header.Read();
        return header;
    }

    private void Read()
    {
        ulong length = _reader.ReadUInt64("header length");
        if (length > LongestHeader)
            throw _reader.Wrong("header length", length, $"expected at most {LongestHeader} bytes; this is not a safetensors file");
        if (length > (ulong)_reader.Remaining)
            throw _reader.Wrong("header length", length, $"only {_reader.Remaining} bytes follow; the file was truncated or is not safetensors");
        var json = _reader.Take((int)length, "header");
        _dataStart = _reader.Position;
        if (json.IsEmpty || json[0] != '{')
            throw _reader.Wrong("start of the header", json.IsEmpty ? "missing" : $"byte 0x{json[0]:X2}", "expected '{', the start of a JSON object");
        if (!Utf8.IsValid(json))
            throw _reader.Wrong("header", "not UTF-8", "expected JSON in UTF-8");
        try
        {
            ReadJson(json);
        }
        catch (Exception cause) when (cause is JsonException or InvalidOperationException and not TensorException)
        {
            // InvalidOperationException: the JSON reader's word for an escaped half of a surrogate pair inside a string.
            throw new TensorFileException(_reader.Path, "header", cause.Message, "expected one JSON object of tensors", cause);
        }
        Entries = [.. _entries.Values.OrderBy(e => e.Offset).ThenBy(e => e.ByteCount)];
        CheckCoverage();
    }

    private void ReadJson(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 8 });
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string name = reader.GetString()!;
            reader.Read();
            if (name == MetadataKey)
                ReadMetadata(ref reader);
            else
                ReadEntry(ref reader, name);
        }
        // Runs through the padding and throws on anything but white space.
        reader.Read();
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        if (_metadataSeen)
            throw _reader.Wrong(MetadataKey, "given twice", "expected it at most once");
        _metadataSeen = true;
        Expect(ref reader, JsonTokenType.StartObject, MetadataKey, "an object of strings");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string key = reader.GetString()!;
            reader.Read();
            Expect(ref reader, JsonTokenType.String, $"{MetadataKey}.{key}", "a string");
            if (!_metadata.TryAdd(key, reader.GetString()!))
                throw _reader.Wrong($"{MetadataKey}.{key}", "given twice", "expected every key once");
        }
    }

    private void ReadEntry(ref Utf8JsonReader reader, string name)
    {
        Expect(ref reader, JsonTokenType.StartObject, $"entry '{name}'", "an object with dtype, shape and data_offsets");
        string? dtype = null;
        long[]? shape = null, offsets = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string key = reader.GetString()!;
            reader.Read();
            string field = $"{key} of tensor '{name}'";
            switch (key)
            {
                case "dtype" when dtype is null:
                    Expect(ref reader, JsonTokenType.String, field, "a string");
                    dtype = reader.GetString();
                    break;
                case "shape" when shape is null: shape = ReadSizes(ref reader, field); break;
                case "data_offsets" when offsets is null: offsets = ReadSizes(ref reader, field); break;
                default: throw _reader.Wrong(field, "unknown or given twice", "expected dtype, shape and data_offsets, once each");
            }
        }
        if (dtype is null || shape is null || offsets is null)
            throw _reader.Wrong($"entry '{name}'", "incomplete", $"{(dtype is null ? "dtype" : shape is null ? "shape" : "data_offsets")} is missing");
        if (!_entries.TryAdd(name, Check(name, dtype, shape, offsets)))
            throw _reader.Wrong($"tensor '{name}'", "given twice", "expected every name once");
    }

    private long[] ReadSizes(ref Utf8JsonReader reader, string field)
    {
        Expect(ref reader, JsonTokenType.StartArray, field, "an array of whole numbers");
        var sizes = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            Expect(ref reader, JsonTokenType.Number, field, "an array of whole numbers");
            if (!reader.TryGetInt64(out long size) || size < 0)
                throw _reader.Wrong(field, Text(ref reader), "expected whole numbers from 0 to 2⁶³ − 1");
            sizes.Add(size);
        }
        return [.. sizes];
    }

    private TensorEntry Check(string name, string dtype, long[] shape, long[] offsets)
    {
        if (!SafetensorsType.TryParse(dtype, out int bits, out var type))
            throw _reader.Wrong($"dtype of tensor '{name}'", $"'{dtype}'", "this is no safetensors type");
        if (offsets.Length != 2 || offsets[0] > offsets[1])
            throw _reader.Wrong($"data_offsets of tensor '{name}'", $"[{string.Join(", ", offsets)}]", "expected [begin, end] with begin ≤ end");
        long dataLength = _reader.Length - _dataStart;
        if (offsets[1] > dataLength)
            throw _reader.Wrong($"data_offsets of tensor '{name}'", $"[{offsets[0]}, {offsets[1]}]",
                $"the file holds {dataLength} bytes of data; it was truncated or its header lies");
        long count = TensorEntry.CountElements(shape);
        long bytes = offsets[1] - offsets[0];
        if (count < 0 || (UInt128)count * (uint)bits != (UInt128)bytes * 8)
            throw _reader.Wrong($"shape of tensor '{name}'", $"[{string.Join(", ", shape)}] {dtype}",
                $"its data_offsets [{offsets[0]}, {offsets[1]}] hold {bytes} bytes, which do not fit");
        return new TensorEntry(name, dtype, type, shape, _dataStart + offsets[0], bytes);
    }

    private void CheckCoverage()
    {
        long end = _dataStart;
        foreach (var entry in Entries)
        {
            if (entry.Offset != end)
                throw _reader.Wrong($"data_offsets of tensor '{entry.Name}'", $"[{entry.Offset - _dataStart}, {entry.Offset - _dataStart + entry.ByteCount}]",
                    entry.Offset < end ? "they overlap the tensor before" : $"the bytes from {end - _dataStart} on belong to no tensor");
            end += entry.ByteCount;
        }
        if (end != _reader.Length)
            throw _reader.Wrong("the file's size", $"{_reader.Length} bytes", $"the tensors end at {end}; what follows belongs to none");
    }

    private void Expect(ref Utf8JsonReader reader, JsonTokenType type, string field, string expected)
    {
        if (reader.TokenType != type)
            throw _reader.Wrong(field, Text(ref reader), $"expected {expected}");
    }

    private static string Text(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        _ => Encoding.UTF8.GetString(reader.ValueSpan),
    };
}
