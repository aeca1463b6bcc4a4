using Trimtab.Models;
using Trimtab.Tensors;
using Trimtab.Tensors.Files;

namespace Trimtab.Testing;

/// <summary>A tiny random model of `test/golden` with the numbers that its reference implementation computed.</summary>
public sealed class GoldenModel : IDisposable
{
    private static readonly Dictionary<string, GoldenModel> Loaded = [];

    private readonly SafetensorsFile _reference;

    private GoldenModel(string name)
    {
        Name = name;
        Folder = Path.Combine(Repository.Golden, name);
        Model = name == "deepseek_v2" ? LoadAsTransformersDoes(Folder) : ModelLoader.Load(Folder);
        _reference = SafetensorsFile.Open(Path.Combine(Folder, "reference.safetensors"));
    }

    /// <summary>All model folders of `test/golden`; a new one is picked up by every theory that uses this list.</summary>
    public static TheoryNames Names { get; } = new(Directory.GetDirectories(Repository.Golden)
        .Where(folder => File.Exists(Path.Combine(folder, "config.json")))
        .Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal));

    public string Name { get; }

    public string Folder { get; }

    public LoadedModel Model { get; }

    /// <summary>The model of a name; loaded once for all tests of a process.</summary>
    public static GoldenModel Of(string name)
    {
        lock (Loaded)
            return Loaded.TryGetValue(name, out var model) ? model : Loaded[name] = new GoldenModel(name);
    }

    public bool Has(string tensor) => _reference.Contains(tensor);

    public IEnumerable<string> TensorNames => _reference.Names;

    /// <summary>A reference tensor in F32.</summary>
    public Tensor Reference(string tensor) => _reference[tensor];

    /// <summary>A reference tensor of whole numbers.</summary>
    public int[] Ids(string tensor)
    {
        var values = _reference[tensor].As<long>();
        var ids = new int[values.Length];
        for (int i = 0; i < ids.Length; i++)
            ids[i] = checked((int)values[i]);
        return ids;
    }

    // The transformers library leaves out DeepSeek-V2's squared temperature on the scores, and most of the reference numbers are its. With the temperature
    // given as a plain factor on cos and sin, this engine computes the same; `mscale.*` holds the numbers of the model as it was trained.
    private static LoadedModel LoadAsTransformersDoes(string folder)
    {
        var config = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "config.json")))!;
        var scaling = config["rope_scaling"]!.AsObject();
        scaling.Remove("mscale");
        scaling.Remove("mscale_all_dim");
        scaling["attention_factor"] = 1.0;
        string copy = Directory.CreateTempSubdirectory("trimtab-golden-").FullName;
        File.WriteAllText(Path.Combine(copy, "config.json"), config.ToJsonString());
        File.Copy(Path.Combine(folder, "model.safetensors"), Path.Combine(copy, "model.safetensors"));
        return ModelLoader.Load(copy);
    }

    public void Dispose()
    {
        _reference.Dispose();
        Model.Dispose();
    }
}

/// <summary>Names as one-element rows, as theories take them.</summary>
public sealed class TheoryNames(IEnumerable<string> names) : List<object[]>(names.Select(name => new object[] { name }));
