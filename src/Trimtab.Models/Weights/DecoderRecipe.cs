using Trimtab.Models.Adapters;
using Trimtab.Models.Architectures;
using Trimtab.Tensors.Files;

namespace Trimtab.Models.Weights;

/// <summary>How the computation of a model is put together from its files, so that it can be again: with an adapter, or over other weights.</summary>
/// <param name="Source">The file of the configuration, for messages.</param>
/// <param name="Architecture">The family.</param>
/// <param name="Origin">The files.</param>
/// <param name="Weights">The weights under their Hugging Face names.</param>
/// <param name="Packing">Owns the packed weights, which all computations over the same files share.</param>
internal sealed record DecoderRecipe(string Source, Architecture Architecture, ModelOrigin Origin, ITensorSource Weights, WeightPacking Packing)
{
    /// <summary>Puts the computation together. It costs a few objects for each layer; weights are neither read nor copied.</summary>
    /// <param name="adapter">Adds to layers; null for none.</param>
    /// <exception cref="ModelFormatException">The configuration or a tensor is not understood, or the adapter belongs to another model.</exception>
    public BuiltDecoder Build(LoraAdapter? adapter = null)
    {
        var config = new ConfigReader(Origin.Config, Source);
        var sizes = Architecture.ReadConfig(config);
        var reader = new WeightReader(Weights, Packing, adapter);
        var decoder = Architecture.Build(config, sizes, reader);
        config.RequireAllRead();
        reader.RequireAllTaken(tensor => Architecture.MayIgnore(tensor, sizes));
        adapter?.RequireIn(reader.Layers);
        return new BuiltDecoder(sizes, decoder, reader.Layers);
    }
}

/// <summary>A computation, its sizes, and the names of its layers.</summary>
internal sealed record BuiltDecoder(DecoderConfig Sizes, Decoder Decoder, IReadOnlyList<LayerSize> Layers);

/// <summary>A matrix product of a model by its name in the checkpoint, without ".weight".</summary>
/// <param name="Name">Such as "model.layers.0.self_attn.q_proj".</param>
/// <param name="Inputs">The size of a row that goes in.</param>
/// <param name="Outputs">The size of a row that comes out.</param>
/// <param name="IsInputMajor">Whether the weight is stored as [in, out].</param>
/// <param name="IsRouter">Whether its outputs decide which experts a token uses.</param>
public sealed record LayerSize(string Name, int Inputs, int Outputs, bool IsInputMajor, bool IsRouter);
