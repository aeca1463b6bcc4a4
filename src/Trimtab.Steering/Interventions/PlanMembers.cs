using System.Globalization;
using System.Text.Json.Nodes;

namespace Trimtab.Steering;

/// <summary>The members of one object of a plan file: typed, and refused where they are missing, of another kind, or not understood.</summary>
internal sealed class PlanMembers
{
    private readonly JsonObject _json;
    private readonly string _file, _path;
    private readonly HashSet<string> _read = [];

    private PlanMembers(JsonObject json, string file, string path) => (_json, _file, _path) = (json, file, path);

    public static PlanMembers Of(JsonNode? node, string file, string path) => node is JsonObject json
        ? new PlanMembers(json, file, path)
        : throw new FormatException($"{file}: {(path.Length == 0 ? "the whole" : path.TrimEnd('.'))} must be an object.");

    /// <summary>The full path of a file that the plan names relative to itself; it must exist.</summary>
    public string ExistingFile(string name) => PathOf(name) is var path && File.Exists(path) ? path : throw Bad(name, "there is no such file; paths are relative to the plan");

    /// <summary>The full path of a file or folder that the plan names relative to itself; it must exist.</summary>
    public string Existing(string name) => PathOf(name) is var path && Path.Exists(path) ? path : throw Bad(name, "there is no such file or folder; paths are relative to the plan");

    public bool Has(string name)
    {
        _read.Add(name);
        return _json[name] is not null;
    }

    public string Text(string name) => Value<string>(name, "a text");

    public int Whole(string name) => Value<int>(name, "a whole number");

    public bool Flag(string name) => Value<bool>(name, "true or false");

    public double Number(string name) => Value<double>(name, "a number") is var number && double.IsFinite(number) ? number : throw Bad(name, "it must be finite");

    public float Share(string name) => Value<float>(name, "a number") is >= 0 and <= 1 and var share ? share : throw Bad(name, "it must be 0 … 1");

    /// <summary>A number or a text, as text.</summary>
    public string Scalar(string name) => Required(name) is JsonValue value
        ? value.TryGetValue(out string? text) ? text : value.ToJsonString()
        : throw Bad(name, "a number or a text is needed");

    public PlanMembers Object(string name) => Of(Required(name), _file, $"{_path}{name}.");

    public IEnumerable<PlanMembers> List(string name)
    {
        var array = Array(name);
        for (int i = 0; i < array.Count; i++)
            yield return Of(array[i], _file, string.Create(CultureInfo.InvariantCulture, $"{_path}{name}[{i}]."));
    }

    public IEnumerable<string> Texts(string name) => Array(name).Select(item => Element<string>(name, item, "a text"));

    public float[] Numbers(string name)
    {
        float[] numbers = [.. Array(name).Select(item => Element<float>(name, item, "a number"))];
        return numbers.All(float.IsFinite) ? numbers : throw Bad(name, "every number must be finite");
    }

    /// <summary>A list of rows that are equally long.</summary>
    public Tensor Matrix(string name)
    {
        var array = Array(name);
        float[][] rows = [.. array.Select(row => row is JsonArray values ? values.Select(item => Element<float>(name, item, "a number")).ToArray() : throw Bad(name, "a list of rows is needed, each a list of numbers"))];
        if (rows.Length == 0 || rows[0].Length == 0 || rows.Any(row => row.Length != rows[0].Length || !row.All(float.IsFinite)))
            throw Bad(name, "rows of one length are needed, and finite numbers in them");
        return Tensor.From([.. rows.SelectMany(row => row)], rows.Length, rows[0].Length);
    }

    public T Parsed<T>(string name, string text, Func<string, T> parse) => Made(name, () => parse(text));

    /// <summary>What <paramref name="make"/> makes of a member; its refusal gets the member's path.</summary>
    public T Made<T>(string name, Func<T> make)
    {
        try
        {
            return make();
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw new FormatException($"{_file}: {_path}{name} — {e.Message}", e);
        }
    }

    public void RequireAllRead()
    {
        foreach (var (name, value) in _json)
            if (!_read.Contains(name))
                throw new FormatException($"{_file}: the member {_path}{name} is not understood — its value is {Shown(value)}.");
    }

    public FormatException Bad(string name, string what) => new($"{_file}: {_path}{name} is {Shown(_json[name])} — {what}.");

    private string PathOf(string name) => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(_file))!, Text(name));

    private JsonArray Array(string name) => Required(name) as JsonArray ?? throw Bad(name, "a list is needed");

    private T Value<T>(string name, string kind) => Element<T>(name, Required(name), kind);

    private T Element<T>(string name, JsonNode? node, string kind) => node is JsonValue value && value.TryGetValue(out T? result) && result is not null ? result : throw Bad(name, $"{kind} is needed");

    private JsonNode Required(string name)
    {
        _read.Add(name);
        return _json[name] ?? throw new FormatException($"{_file}: the member {_path}{name} is missing.");
    }

    private static string Shown(JsonNode? value)
    {
        string text = value?.ToJsonString() ?? "absent";
        return text.Length <= 100 ? text : text[..97] + "…";
    }
}
