using System.Globalization;
using Trimtab.Tensors.Files;

namespace Trimtab.Models.Gguf;

/// <summary>
/// The metadata of a GGUF file about its model: the keys below the architecture's name ("llama.block_count"), which are given without it here. Every key that
/// is read is noted, and <see cref="RequireAllRead"/> refuses those that nobody understood. Keys below other names (general, tokenizer, a publisher's
/// own) describe the file or its text side, not the computation.
/// </summary>
internal sealed class GgufMetadata
{
    private const string ArchitectureKey = "general.architecture";

    private readonly IReadOnlyDictionary<string, object> _values;
    private readonly HashSet<string> _read = [];

    public GgufMetadata(GgufFile file, string source)
    {
        (_values, Source) = (file.Metadata, source);
        Architecture = _values.TryGetValue(ArchitectureKey, out object? name)
            ? name as string ?? throw new ModelFormatException($"{source}: {ArchitectureKey} is {Shown(name)} — a text is needed.")
            : throw new ModelFormatException($"{source}: the key {ArchitectureKey} is missing, and without it the tensors mean nothing.");
    }

    /// <summary>The file, for messages.</summary>
    public string Source { get; }

    /// <summary>The name in general.architecture.</summary>
    public string Architecture { get; }

    /// <summary>A key outside the architecture's own, or null.</summary>
    public object? Outer(string key) => _values.GetValueOrDefault(key);

    /// <summary>Whether the key is present.</summary>
    public bool Has(string key) => _values.ContainsKey(Full(key));

    /// <summary>A whole number above zero that must be there.</summary>
    public int Size(string key) => Count(key) is > 0 and var size ? size : throw Bad(key, "a number above 0 is needed");

    /// <summary>A whole number above zero, or the fallback.</summary>
    public int Size(string key, int fallback) => Has(key) ? Size(key) : fallback;

    /// <summary>A whole number from 0, or the fallback.</summary>
    public int Count(string key, int fallback) => Has(key) ? Count(key) : fallback;

    /// <summary>A number, or the fallback.</summary>
    public double Number(string key, double fallback) => Has(key) ? Number(key) : fallback;

    /// <summary>A finite number that must be there.</summary>
    public double Number(string key) => Note(key) switch
    {
        // Shortest decimal form: what a configuration said before it was narrowed to single precision.
        float value when float.IsFinite(value) => double.Parse(value.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture),
        double value when double.IsFinite(value) => value,
        var value when Whole(value) is { } whole => whole,
        null => throw Missing(key),
        _ => throw Bad(key, "a finite number is needed"),
    };

    /// <summary>A truth value, or the fallback.</summary>
    public bool Flag(string key, bool fallback) => Note(key) switch
    {
        null => fallback,
        bool value => value,
        _ => throw Bad(key, "true or false is needed"),
    };

    /// <summary>A text, or the fallback.</summary>
    public string Text(string key, string fallback) => Note(key) switch
    {
        null => fallback,
        string value => value,
        _ => throw Bad(key, "a text is needed"),
    };

    /// <summary>A list of truth values or numbers that count as such; null where the key is absent or a single number.</summary>
    public bool[]? Flags(string key) => Note(key) is Array array
        ? [.. array.Cast<object>().Select(value => value as bool? ?? (Whole(value) ?? throw Bad(key, "a list of truth values is needed")) != 0)]
        : null;

    /// <summary>Checks that a key, where present, has the one value that this engine computes.</summary>
    public void Require(string key, double value, string why)
    {
        if (Has(key) && (Note(key) is bool flag ? (flag ? 1 : 0) : Number(key)) != value)
            throw Bad(key, $"only {value.ToString(CultureInfo.InvariantCulture)} is supported: {why}");
    }

    /// <summary>Refuses the file if the architecture has keys that were not read.</summary>
    /// <exception cref="ModelFormatException">Names the first such key and its value.</exception>
    public void RequireAllRead()
    {
        foreach (var (key, value) in _values)
            if (key.StartsWith($"{Architecture}.", StringComparison.Ordinal) && !_read.Contains(key))
                throw new ModelFormatException($"{Source}: the key {key} is not understood — its value is {Shown(value)}. This model may need a feature that Trimtab lacks.");
    }

    /// <summary>An error about a key, with its value.</summary>
    public ModelFormatException Bad(string key, string what) => new($"{Source}: {Full(key)} is {Shown(_values.GetValueOrDefault(Full(key)))} — {what}.");

    private int Count(string key)
    {
        object value = Note(key) ?? throw Missing(key);
        if (value is Array { Length: > 0 } perLayer)
        {
            object[] values = [.. perLayer.Cast<object>()];
            value = values.All(v => v.Equals(values[0])) ? values[0] : throw Bad(key, "values that differ from layer to layer are not supported");
        }
        return Whole(value) is >= 0 and <= int.MaxValue and var whole ? (int)whole : throw Bad(key, "a whole number from 0 to 2³¹ − 1 is needed");
    }

    private object? Note(string key)
    {
        _read.Add(Full(key));
        return _values.GetValueOrDefault(Full(key));
    }

    private string Full(string key) => $"{Architecture}.{key}";

    private ModelFormatException Missing(string key) => new($"{Source}: the key {Full(key)} is missing, and this architecture needs it.");

    private static long? Whole(object? value) => value switch
    {
        byte v => v, sbyte v => v, ushort v => v, short v => v, uint v => v, int v => v, long v => v,
        ulong v => v <= long.MaxValue ? (long)v : null,
        _ => null,
    };

    private static string Shown(object? value)
    {
        string text = value switch
        {
            null => "absent",
            string s => $"\"{s}\"",
            Array a => $"a list of {a.Length.ToString(CultureInfo.InvariantCulture)}",
            _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        };
        return new string([.. (text.Length <= 120 ? text : text[..117] + "…").Select(c => char.IsControl(c) ? '·' : c)]);
    }
}
