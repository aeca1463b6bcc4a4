using System.Text.Json;

namespace Trimtab.Models.Text;

/// <summary>A JSON value that knows its file and its path, so that every complaint names both.</summary>
internal readonly struct JsonField
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private readonly JsonElement _value;
    private readonly string _file;

    private JsonField(JsonElement value, string file, string path) => (_value, _file, Path) = (value, file, path);

    public string Path { get; }

    public string File => _file;

    public bool IsNull => _value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined;

    public bool IsText => _value.ValueKind == JsonValueKind.String;

    public bool IsObject => _value.ValueKind == JsonValueKind.Object;

    public bool IsNumber => _value.ValueKind == JsonValueKind.Number;

    /// <summary>Parses a document; its root must be an object.</summary>
    public static JsonField Parse(ReadOnlyMemory<byte> json, string file)
    {
        try
        {
            if (json.Span.StartsWith("\uFEFF"u8))
                json = json[3..];
            var root = JsonDocument.Parse(json, Strict).RootElement;
            return root.ValueKind == JsonValueKind.Object ? new JsonField(root, file, "")
                : throw new TokenizerFormatException($"{file}: the document is {Describe(root)}; an object was expected.");
        }
        catch (JsonException e)
        {
            throw new TokenizerFormatException($"{file}: not valid JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine}: "
                + $"{e.Message}", e);
        }
    }

    /// <summary>A member that must be there.</summary>
    public JsonField this[string name] => TryGet(name, out var field) ? field
        : throw new TokenizerFormatException($"{_file}: {Name(name)} is missing.");

    /// <summary>A member that may be absent or null; false then.</summary>
    public bool TryGet(string name, out JsonField field)
    {
        ExpectObject();
        field = _value.TryGetProperty(name, out var value) ? new JsonField(value, _file, Name(name)) : default;
        return !field.IsNull;
    }

    /// <summary>The member's text, or null where it is absent or null.</summary>
    public string? OptionalText(string name) => TryGet(name, out var field) ? field.Text() : null;

    public bool Flag(string name, bool absent) => TryGet(name, out var field) ? field.Flag() : absent;

    public string Text()
    {
        if (!IsText)
            throw Expected("a string");
        try
        {
            return _value.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new TokenizerFormatException($"{_file}: {Path} is not valid UTF-8, or holds half a surrogate pair.", e);
        }
    }

    public bool Flag() => _value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Expected("true or false"),
    };

    public int Integer() => _value.ValueKind == JsonValueKind.Number && _value.TryGetInt32(out var value) ? value
        : throw Expected("a 32-bit integer");

    public double Number() => _value.ValueKind == JsonValueKind.Number && _value.TryGetDouble(out var value) && double.IsFinite(value)
        ? value : throw Expected("a finite number");

    public IEnumerable<JsonField> Items()
    {
        if (_value.ValueKind != JsonValueKind.Array)
            throw Expected("an array");
        var (index, file, path) = (0, _file, Path);
        return _value.EnumerateArray().Select(item => new JsonField(item, file, $"{path}[{index++}]"));
    }

    public IEnumerable<(string Name, JsonField Value)> Members()
    {
        ExpectObject();
        return Enumerate(_value, this);

        static IEnumerable<(string, JsonField)> Enumerate(JsonElement value, JsonField parent)
        {
            foreach (var member in value.EnumerateObject())
            {
                string name;
                try
                {
                    name = member.Name;
                }
                catch (InvalidOperationException e)
                {
                    throw new TokenizerFormatException($"{parent._file}: a name in {parent.Path} is not valid UTF-8, or holds half "
                        + "a surrogate pair.", e);
                }
                yield return (name, new JsonField(member.Value, parent._file, parent.Name(name)));
            }
        }
    }

    /// <summary>Refuses members that nobody reads: ignoring one might change ids.</summary>
    public JsonField AllowOnly(params ReadOnlySpan<string> names)
    {
        foreach (var (name, value) in Members())
            if (!names.Contains(name))
                throw new TokenizerFormatException(
                    $"{_file}: {value.Path} is not a known member (its value is {Describe(value._value)}); known are "
                        + $"{string.Join(", ", names!)}.");
        return this;
    }

    /// <summary>An error about this value.</summary>
    public TokenizerFormatException Expected(string what) =>
        new($"{_file}: {(Path.Length == 0 ? "the document" : Path)} is {Describe(_value)}; expected {what}.");

    private string Name(string member) => Path.Length == 0 ? member : $"{Path}.{member}";

    private void ExpectObject()
    {
        if (_value.ValueKind != JsonValueKind.Object)
            throw Expected("an object");
    }

    private static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => $"an array of {value.GetArrayLength()}",
        JsonValueKind.Undefined => "missing",
        _ => value.GetRawText() is { Length: > 80 } raw ? raw[..80] + "…" : value.GetRawText(),
    };
}
