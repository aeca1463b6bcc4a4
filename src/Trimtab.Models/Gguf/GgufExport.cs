using System.Text.Json.Nodes;
using Trimtab.Models.Layers;
using Trimtab.Models.Weights;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Models.Gguf;

/// <summary>A model on its way into a GGUF file: what it computes, and the metadata and tensors that grow from it.</summary>
internal sealed class GgufExport
{
    private readonly List<KeyValuePair<string, object>> _metadata = [];

    public GgufExport(LoadedModel model, GgufForm form)
    {
        (Model, Form) = (model, form);
        Config = new ConfigReader((JsonObject)model.Origin.Config.DeepClone(), model.Origin.Path);
    }

    /// <summary>The model.</summary>
    public LoadedModel Model { get; }

    /// <summary>Its family's GGUF form.</summary>
    public GgufForm Form { get; }

    /// <summary>The model's configuration.</summary>
    public ConfigReader Config { get; }

    /// <summary>The model's sizes.</summary>
    public DecoderConfig Sizes => Model.Config;

    /// <summary>The metadata below the architecture's name so far.</summary>
    public IReadOnlyList<KeyValuePair<string, object>> Metadata => _metadata;

    /// <summary>Tensors that have no counterpart in the checkpoint, such as rotary factors.</summary>
    public List<PlannedTensor> Tensors { get; } = [];

    /// <summary>What other readers of the file will see differently.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>The attention of each block, where it is of the usual kind.</summary>
    public IEnumerable<AttentionShape> AttentionShapes => Model.Decoder.Blocks
        .OfType<SequentialBlock>().Select(block => block.Attention).OfType<Attention>().Select(attention => attention.Shape);

    /// <summary>Adds a whole number.</summary>
    public void Put(string key, int value) => Add(key, checked((uint)value));

    /// <summary>Adds a number, in the single precision that other readers expect.</summary>
    public void Put(string key, double value) => Add(key, (float)value);

    /// <summary>Adds a truth value.</summary>
    public void Put(string key, bool value) => Add(key, value);

    /// <summary>Adds a text.</summary>
    public void Put(string key, string value) => Add(key, value);

    /// <summary>Adds a list of truth values.</summary>
    public void Put(string key, bool[] values) => Add(key, values);

    /// <summary>Adds a vector in single precision.</summary>
    public void PutTensor(string name, ReadOnlySpan<float> values) => Tensors.Add(PlannedTensor.Of(name, Tensor.From(values)) with { KeepsPrecision = true });

    /// <summary>An error: the model computes something that the format cannot say.</summary>
    public ModelFormatException Impossible(string what) => new($"Convert to GGUF: {Model.Name} has {what} — the format has no form for it. Keep the Hugging Face folder.");

    private void Add(string key, object value) => _metadata.Add(new($"{Form.Name}.{key}", value));
}
