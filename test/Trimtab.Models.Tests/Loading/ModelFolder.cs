using System.Text.Json.Nodes;
using Trimtab.Tensors;
using Trimtab.Tensors.Files;
using Trimtab.Testing;

namespace Trimtab.Models.Tests.Loading;

/// <summary>A model folder in the making: a configuration and tensors that a test changes before it is written to a temporary place and loaded.</summary>
internal sealed class ModelFolder : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("trimtab-model-").FullName;
    private bool _isWritten;

    public ModelFolder(JsonObject config, IEnumerable<(string Name, Tensor Tensor)> tensors)
    {
        Config = config;
        foreach (var (name, tensor) in tensors)
            Tensors.Add(name, tensor);
    }

    public JsonObject Config { get; }

    public Dictionary<string, Tensor> Tensors { get; } = [];

    public string ConfigPath => Path.Combine(_root, "config.json");

    /// <summary>A copy of a golden model, to be changed.</summary>
    public static ModelFolder OfGolden(string name)
    {
        string folder = Path.Combine(Repository.Golden, name);
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "config.json")))!.AsObject();
        using var weights = TensorFileSet.Open(folder);
        return new ModelFolder(config, [.. weights.Names.Select(n => (n, weights[n].Keep()))]);
    }

    /// <summary>A configuration with a tensor of random values for every name and shape; norm weights lie around 1.</summary>
    public static ModelFolder Random(JsonObject config, IEnumerable<(string Name, int[] Shape)> shapes, int seed = 3)
    {
        var random = new Random(seed);
        return new ModelFolder(config, shapes.Select(s => (s.Name, Filled(s.Name, s.Shape, random))));
    }

    public string Write()
    {
        File.WriteAllText(ConfigPath, Config.ToJsonString());
        if (!_isWritten)
            SafetensorsFile.Write(Path.Combine(_root, "model.safetensors"), Tensors.Select(t => (t.Key, t.Value)));
        _isWritten = true;
        return _root;
    }

    public LoadedModel Load() => ModelLoader.Load(Write());

    /// <summary>Loads a configuration text as it stands, valid JSON or not.</summary>
    public LoadedModel LoadWith(string configText)
    {
        Write();
        File.WriteAllText(ConfigPath, configText);
        return ModelLoader.Load(_root);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static Tensor Filled(string name, int[] shape, Random random)
    {
        var tensor = Tensor.Zeros(new Shape(shape));
        bool isNorm = shape.Length == 1 && name.EndsWith("weight", StringComparison.Ordinal);
        // Products of rows keep the size of what goes in, roughly, so that nothing saturates or vanishes.
        float scale = shape.Length == 1 ? 0.3f : 1.7f / MathF.Sqrt(shape[^1]);
        foreach (ref float value in tensor.Values)
            value = (isNorm ? 1 : 0) + scale * (float)(random.NextDouble() * 2 - 1);
        return tensor;
    }
}
