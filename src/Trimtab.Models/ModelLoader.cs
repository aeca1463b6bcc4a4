using Trimtab.Models.Architectures;
using Trimtab.Models.Generation;
using Trimtab.Models.Gguf;
using Trimtab.Models.Weights;
using Trimtab.Tensors;
using Trimtab.Tensors.Files;

namespace Trimtab.Models;

/// <summary>Opens checkpoints: a Hugging Face folder (config.json with safetensors) or a GGUF file.</summary>
public static class ModelLoader
{
    /// <summary>Loads a model. Its weights are mapped, not read: the call costs milliseconds, and pages come in as passes touch them.</summary>
    /// <param name="path">A folder with config.json, or a .gguf file (of a split one, the first part).</param>
    /// <param name="options">How; as the files say, where not given.</param>
    /// <exception cref="ModelFormatException">The configuration or a tensor is not understood.</exception>
    /// <exception cref="TensorFileException">A weight file is damaged, or of an element type that cannot be decoded.</exception>
    public static LoadedModel Load(string path, LoadOptions? options = null)
    {
        options ??= LoadOptions.Default;
        if (Directory.Exists(path))
            return LoadFolder(path, options);
        if (!File.Exists(path))
            throw new FileNotFoundException($"Model: there is no folder or file {path}. Give a Hugging Face folder with config.json, or a .gguf file.", path);
        if (Path.GetExtension(path).Equals(".gguf", StringComparison.OrdinalIgnoreCase))
            return LoadGguf(path, options);
        throw new ModelFormatException($"{path}: the file is not a model that Trimtab reads. Give a Hugging Face folder with config.json, or a .gguf file.");
    }

    private static LoadedModel LoadFolder(string folder, LoadOptions options)
    {
        string configPath = Path.Combine(folder, "config.json");
        if (!File.Exists(configPath))
            throw new ModelFormatException($"{folder}: there is no config.json. Give a Hugging Face model folder, or a .gguf file.");
        var json = JsonFile.ReadObject(configPath);
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        int[] endTokens = GenerationConfig.EndTokens(new ConfigReader(json, configPath));
        return Owned(TensorFileSet.Open(folder), tensors => Build(name, configPath, (_, _) => tensors, new ModelOrigin(json, () => tensors.Names.Select(tensor => tensors[tensor].DType.ToString()))
        {
            Path = folder,
            Format = "Hugging Face folder",
        }, TextAssets.OfFolder(folder, endTokens), options));
    }

    private static LoadedModel LoadGguf(string path, LoadOptions options) => Owned(GgufFile.Open(path), file =>
    {
        var import = new GgufImport(file, path);
        string name = import.Metadata.Outer("general.name") as string is { Length: > 0 } given ? given : Path.GetFileNameWithoutExtension(path);
        return Build(name, path, import.Weights, new ModelOrigin(import.Config, () => file.Entries.Select(entry => entry.TypeName))
        {
            Path = path,
            Format = $"GGUF version {file.Version}",
            GgufMetadata = file.Metadata,
        }, TextAssets.OfGguf(file.Metadata, path), options);
    });

    private static LoadedModel Build(string name, string source, Func<Architecture, DecoderConfig, ITensorSource> open, ModelOrigin origin, TextAssets text, LoadOptions options)
    {
        string architectureName = ArchitectureName(new ConfigReader(origin.Config, source));
        var architecture = Architecture.Of(architectureName, source);
        var sizes = architecture.ReadConfig(new ConfigReader(origin.Config, source));
        var recipe = new DecoderRecipe(source, architecture, origin, open(architecture, sizes), new WeightPacking(options.Quantise));
        return new LoadedModel(name, architectureName, recipe, options, text);
    }

    // Closes the files if the model is not made after all. A shape that no operation accepts is the file's fault, not the caller's.
    private static LoadedModel Owned<T>(T files, Func<T, LoadedModel> make) where T : ITensorSource
    {
        try
        {
            return make(files);
        }
        catch (TensorException e)
        {
            string described = files.Describe;
            files.Dispose();
            throw new ModelFormatException($"{described}: {e.Message}", e);
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    private static string ArchitectureName(ConfigReader config)
    {
        string[] names = config.Texts("architectures");
        return names.Length == 1 ? names[0] : throw config.Bad("architectures", "a list of one name is needed");
    }
}
