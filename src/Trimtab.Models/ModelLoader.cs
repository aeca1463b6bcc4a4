using System.Text.Json.Nodes;
using Trimtab.Models.Architectures;
using Trimtab.Models.Generation;
using Trimtab.Models.Weights;
using Trimtab.Tensors.Files;

namespace Trimtab.Models;

/// <summary>Opens checkpoints: a Hugging Face folder (config.json with safetensors) or a GGUF file.</summary>
public static class ModelLoader
{
    /// <summary>Loads a model. Its weights are mapped, not read: the call costs milliseconds, and pages come in as passes touch them.</summary>
    /// <param name="path">A folder with config.json, or a .gguf file.</param>
    /// <exception cref="ModelFormatException">The configuration or a tensor is not understood.</exception>
    /// <exception cref="TensorFileException">A weight file is damaged.</exception>
    public static LoadedModel Load(string path)
    {
        if (Directory.Exists(path))
            return LoadFolder(path);
        if (!File.Exists(path))
            throw new FileNotFoundException($"Model: there is no folder or file {path}. Give a Hugging Face folder with config.json, or a .gguf file.", path);
        throw new ModelFormatException($"{path}: the file is not a model that Trimtab reads. Give a Hugging Face folder with config.json, or a .gguf file.");
    }

    private static LoadedModel LoadFolder(string folder)
    {
        string configPath = Path.Combine(folder, "config.json");
        if (!File.Exists(configPath))
            throw new ModelFormatException($"{folder}: there is no config.json. Give a Hugging Face model folder, or a .gguf file.");
        var json = JsonFile.ReadObject(configPath);
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        int[] endTokens = GenerationConfig.EndTokens(new ConfigReader(json, configPath));
        return Build(name, json, configPath, TensorFileSet.Open(folder), TextAssets.OfFolder(folder, endTokens));
    }

    private static LoadedModel Build(string name, JsonObject json, string source, TensorFileSet tensors, TextAssets text)
    {
        try
        {
            var config = new ConfigReader(json, source);
            string architectureName = ArchitectureName(config);
            var architecture = Architecture.Of(architectureName, source);
            var sizes = architecture.ReadConfig(config);
            var weights = new WeightReader(tensors);
            var decoder = architecture.Build(config, sizes, weights);
            config.RequireAllRead();
            weights.RequireAllTaken(tensor => architecture.MayIgnore(tensor, sizes));
            return new LoadedModel(name, architectureName, sizes, decoder, tensors, text);
        }
        catch
        {
            tensors.Dispose();
            throw;
        }
    }

    private static string ArchitectureName(ConfigReader config)
    {
        string[] names = config.Texts("architectures");
        return names.Length == 1 ? names[0] : throw config.Bad("architectures", "a list of one name is needed");
    }
}
