using System.Text.Json.Nodes;
using Trimtab.Models.Architectures;
using Trimtab.Tensors;
using Trimtab.Tensors.Files;

namespace Trimtab.Models.Gguf;

/// <summary>A GGUF file on its way to being a model: its metadata, its tensors, and the configuration that grows from them.</summary>
internal sealed class GgufImport
{
    private readonly GgufFile _file;
    private readonly GgufForm _form;

    /// <summary>Finds the family of a file and reads its metadata.</summary>
    /// <exception cref="ModelFormatException">The family is not known, or a key is missing, wrong or not understood.</exception>
    public GgufImport(GgufFile file, string source)
    {
        _file = file;
        Metadata = new GgufMetadata(file, source);
        Tensors = new TensorLedger(file);
        (ArchitectureName, _form) = FormOf(Metadata);
        (Config["architectures"], Config["model_type"]) = (new JsonArray(ArchitectureName), _form.ModelType);
        foreach (var field in _form.Fields)
            field.Import(this);
        RequirePlausibleBlocks();
        CopySpecialTokens();
        Metadata.RequireAllRead();
        // Values that were parsed convert freely between kinds of numbers, those that were made do not.
        Config = (JsonObject)JsonNode.Parse(Config.ToJsonString())!;
    }

    /// <summary>The family, as configurations name it.</summary>
    public string ArchitectureName { get; }

    /// <summary>What the file says about the model.</summary>
    public GgufMetadata Metadata { get; }

    /// <summary>The file's tensors.</summary>
    public TensorLedger Tensors { get; }

    /// <summary>The configuration as Hugging Face would spell it.</summary>
    public JsonObject Config { get; private set; } = [];

    /// <summary>The tensors under their Hugging Face names.</summary>
    public GgufWeights Weights(Architecture architecture, DecoderConfig sizes) => new(_file, Tensors, _form, architecture, sizes);

    /// <summary>The values of a small vector, such as rotary factors.</summary>
    public float[] Vector(string name)
    {
        var tensor = Tensors.Take(name);
        return tensor.DType == DType.F32
            ? tensor.Values.ToArray()
            : throw new ModelFormatException($"{Metadata.Source}: the tensor {name} is {tensor} — single precision is needed.");
    }

    private static (string Name, GgufForm Form) FormOf(GgufMetadata metadata)
    {
        foreach (var (name, architecture) in Architecture.All)
            if (architecture.Gguf is { } form && form.Name == metadata.Architecture && form.Recognises(metadata))
                return (name, form);
        var known = Architecture.All.Values.Select(a => a.Gguf?.Name).OfType<string>().Distinct().Order();
        throw new ModelFormatException($"{metadata.Source}: the architecture {metadata.Architecture} is not supported. Supported in GGUF are {string.Join(", ", known)}.");
    }

    // Every block has tensors of its own, so a larger number is a lie, and is refused before anything is made for each block.
    private void RequirePlausibleBlocks()
    {
        if ((Config["num_hidden_layers"] ?? Config["n_layer"]) is JsonValue value && value.TryGetValue(out int blocks) && blocks > _file.Names.Count)
            throw Metadata.Bad("block_count", $"the file has only {_file.Names.Count} tensors");
    }

    // For whoever converts the file back; the computation does not use them.
    private void CopySpecialTokens()
    {
        foreach (string name in (string[])["bos", "eos"])
            if (Metadata.Outer($"tokenizer.ggml.{name}_token_id") is uint id)
                Config[$"{name}_token_id"] = id;
    }
}
