using System.Text.Json;
using System.Text.Json.Serialization;
using Trimtab.Models.Hooks;

namespace Trimtab.Steering;

/// <summary>
/// What a layer number L means in a foreign file. Files number layers in four ways that differ by one block, and the directions of neighbouring layers differ
/// much, so the numbering is detected by the file's own marks or asked for, never guessed.
/// </summary>
[JsonConverter(typeof(LayerConventionJson))]
public enum LayerConvention
{
    /// <summary>L is the output of block L, from 0, as here: <c>blocks.L.resid_post</c>. Written `block_output`.</summary>
    BlockOutput,
    /// <summary>L is the input of block L, from 0: the output of block L − 1, and for 0 the embeddings. Written `block_input`.</summary>
    BlockInput,
    /// <summary>
    /// L is an index into the reference implementation's tuple of hidden states: 0 the embeddings, L the output of block L − 1, and the last, equal to
    /// the number of blocks, the residual stream after the final norm. Written `hs_index`.
    /// </summary>
    HiddenStatesIndex,
    /// <summary>L ≥ 1 was measured at the output of block L − 1, although llama.cpp adds it at the output of block L. Written `llama_cpp_generator`.</summary>
    LlamaCppGenerator,
}

/// <summary>Names of the conventions, and the hook points they mean.</summary>
public static class LayerConventions
{
    private static readonly string[] Names = ["block_output", "block_input", "hs_index", "llama_cpp_generator"];

    /// <summary>The choices, as error messages explain them.</summary>
    internal const string Choices = "block_output (L = output of block L, from 0), block_input (L = input of block L), hs_index (L = index of hidden_states, 0 = embeddings), "
        + "llama_cpp_generator (L was measured at the output of block L − 1)";

    /// <summary>The name in snake case, as files and commands write it.</summary>
    public static string Name(this LayerConvention convention) => Names[(int)convention];

    /// <summary>The convention of a name.</summary>
    /// <exception cref="VectorFormatException">There is none of this name.</exception>
    public static LayerConvention Parse(string name)
    {
        int index = Array.IndexOf(Names, name);
        return index >= 0 ? (LayerConvention)index : throw new VectorFormatException($"Layer convention: '{VectorFormatException.Excerpt(name)}' is not known. Choose one of {Choices}.");
    }

    /// <summary>The hook point that a file's layer number means.</summary>
    /// <param name="convention">How the file numbers layers.</param>
    /// <param name="label">Its number L.</param>
    /// <param name="layerCount">The blocks of the model; needed by <see cref="LayerConvention.HiddenStatesIndex"/>, whose last number lies after the final norm.</param>
    /// <exception cref="VectorFormatException">There is no such layer, or the number of blocks is needed and not known.</exception>
    public static HookPoint PointOf(this LayerConvention convention, int label, int? layerCount = null)
    {
        int least = convention == LayerConvention.LlamaCppGenerator ? 1 : 0;
        int most = layerCount is { } count ? (convention == LayerConvention.HiddenStatesIndex ? count : count - 1) : int.MaxValue;
        if (label < least || label > most)
            throw new VectorFormatException($"Layer convention: {convention.Name()} has no layer {label}; its numbers go from {least}{(layerCount is null ? "" : $" to {most}")}.");
        if (convention == LayerConvention.HiddenStatesIndex && layerCount is null)
            throw new VectorFormatException($"Layer convention: hs_index {label} cannot be placed without the number of blocks — the last index lies after the final norm. Give the layer count.");
        return (convention, label) switch
        {
            (LayerConvention.BlockOutput, _) => HookPoint.ResidPost(label),
            (LayerConvention.HiddenStatesIndex, _) when label == layerCount => HookPoint.FinalNorm,
            (_, 0) => HookPoint.Embed,
            _ => HookPoint.ResidPost(label - 1),
        };
    }
}

internal sealed class LayerConventionJson : JsonConverter<LayerConvention>
{
    public override LayerConvention Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => LayerConventions.Parse(reader.GetString() ?? "");

    public override void Write(Utf8JsonWriter writer, LayerConvention value, JsonSerializerOptions options) => writer.WriteStringValue(value.Name());
}
