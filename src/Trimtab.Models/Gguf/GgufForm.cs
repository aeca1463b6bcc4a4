using Trimtab.Tensors.Ops;

namespace Trimtab.Models.Gguf;

/// <summary>
/// What differs in GGUF files, for one family: the name they go by, how their metadata and the Hugging Face configuration say the same, and
/// how their tensors follow from one another. One description serves both directions, loading and conversion.
/// </summary>
/// <param name="Name">The name in general.architecture.</param>
/// <param name="ModelType">"model_type" in Hugging Face configurations.</param>
internal sealed record GgufForm(string Name, string ModelType)
{
    /// <summary>Picks the files of this family where several share a name; llama, say, is also Mistral's and Mixtral's.</summary>
    public Func<GgufMetadata, bool> Recognises { get; init; } = static _ => true;

    /// <summary>What metadata and configuration both say.</summary>
    public required IReadOnlyList<GgufField> Fields { get; init; }

    /// <summary>The tensors.</summary>
    public required IReadOnlyList<TensorRule> Tensors { get; init; }

    /// <summary>The nonlinearity that readers take for granted: the metadata do not name it.</summary>
    public Activation Activation { get; init; } = Activation.Silu;

    /// <summary>The prefix of Hugging Face names that some checkpoints leave away.</summary>
    public string Prefix { get; init; } = "model.";
}

/// <summary>One thing that GGUF metadata and a Hugging Face configuration say in different words.</summary>
/// <param name="Import">Adds to the configuration what the metadata say.</param>
/// <param name="Export">Adds to the metadata what the configuration says.</param>
internal sealed record GgufField(Action<GgufImport> Import, Action<GgufExport> Export);
