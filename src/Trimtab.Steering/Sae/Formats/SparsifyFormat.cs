using System.Numerics.Tensors;
using System.Text.Json.Nodes;
using Trimtab.Tensors;
using Trimtab.Tensors.Files;

namespace Trimtab.Steering.Sae;

/// <summary>
/// EleutherAI's sparsify: `cfg.json` and `sae.safetensors` with encoder.weight [F, D], encoder.bias, W_dec [F, D], b_dec and, of skip transcoders, W_skip [D, D]; the folder's name is the place, a config.json above it names
/// the model. TopK. Autoencoders centre their input on b_dec, transcoders do not. `normalize_decoder` is a setting of training: what was written is what counts.
/// </summary>
internal sealed class SparsifyFormat : SaeFormat
{
    private const string ConfigName = "cfg.json", FileName = "sae.safetensors";

    public override string Name => "sparsify";

    public override string Summary => "a folder with cfg.json and sae.safetensors";

    public override bool CanWrite => true;

    internal override string? Find(string path) => FolderWith(path, FileName, ConfigName);

    internal override SparseAutoencoder Read(string path, SaeLoadOptions options)
    {
        var config = Config(Path.Combine(path, ConfigName), ["normalize_decoder", "multi_topk"]);
        config.Require("activation", "\"topk\"", "groupmax is another choice of latents.");
        config.Require("signed", "false", "signed latents are another choice of latents.");
        int width = config.Size("d_in"), k = config.Size("k", 32), factor = config.Size("expansion_factor", 32);
        // 0 latents is how a file says that the factor decides.
        int latents = config.Int("num_latents", 0) is > 0 and var stated ? stated : checked(width * factor);
        bool transcodes = config.Flag("transcode", false), skips = config.Flag("skip_connection", false);
        config.RequireAllRead();
        return SaeTensors.Read(SafetensorsFile.Open(Path.Combine(path, FileName)), tensors =>
        {
            var weights = new SaeWeights(tensors.Matrix("encoder.weight", latents, width), tensors.Vector("encoder.bias", latents), tensors.Matrix("W_dec", latents, width), tensors.Vector("b_dec", width),
                skips ? tensors.Matrix("W_skip", width, width) : null);
            return new SparseAutoencoder(weights, new TopK(k), tensors) { CentresInput = !transcodes, Origin = OriginOf(path, transcodes) };
        });
    }

    /// <summary>An input that is not centred is written as one that is: (x − b_dec) Wᵀ + (b + b_dec Wᵀ) is x Wᵀ + b.</summary>
    internal override void Write(SparseAutoencoder sae, string folder)
    {
        if (sae.Kind is not TopK { Rectified: true } kind)
            throw CannotHold(sae.Kind is TopK ? "TopK that keeps negative values" : $"the kind {sae.Kind.Name}; it has TopK only");
        if (sae.InputWidth != sae.OutputWidth)
            throw CannotHold($"a transcoder from rows of {sae.InputWidth} to rows of {sae.OutputWidth}");
        using var weights = FoldedWeights.Of(sae) ?? throw CannotHold("a normalisation that depends on the row");
        bool transcodes = sae.Origin.OutputHookName is not null && !sae.CentresInput;
        var bias = transcodes || sae.CentresInput ? weights.EncoderBias : weights.CentredEncoderBias();
        Directory.CreateDirectory(folder);
        (string, Tensor)[] tensors = [("encoder.weight", weights.Encoder), ("encoder.bias", bias), ("W_dec", weights.Decoder), ("b_dec", weights.DecoderBias)];
        SafetensorsFile.Write(Path.Combine(folder, FileName), weights.Skip is { } skip ? [.. tensors, ("W_skip", skip)] : tensors);
        AtomicFile.WriteText(Path.Combine(folder, ConfigName), new JsonObject
        {
            ["activation"] = "topk", ["expansion_factor"] = Math.Max(sae.LatentCount / sae.InputWidth, 1), ["normalize_decoder"] = HasUnitRows(weights.Decoder), ["num_latents"] = sae.LatentCount, ["k"] = kind.K,
            ["multi_topk"] = false, ["skip_connection"] = weights.Skip is not null, ["transcode"] = transcodes, ["d_in"] = sae.InputWidth,
        }.ToJsonString());
    }

    private static bool HasUnitRows(Tensor decoder)
    {
        for (int latent = 0; latent < decoder.RowCount; latent++)
            if (MathF.Abs(TensorPrimitives.Norm<float>(decoder.Row(latent)) - 1) > 1e-3f)
                return false;
        return true;
    }

    private SaeOrigin OriginOf(string path, bool transcodes)
    {
        string folder = Path.GetFullPath(path), place = Path.GetFileName(folder), run = Path.Combine(Path.GetDirectoryName(folder) ?? folder, "config.json");
        // What the model is called is all that the run's own config can tell; nothing is computed by it.
        string? model = File.Exists(run) && JsonFile.ReadObject(run).TryGetProperty("model", out var name) ? name.ToString() : null;
        var at = HookNames.Parse(place);
        // A transcoder of a module predicts its output from its input, a place that has no name here.
        return new SaeOrigin
        {
            Format = Name, File = path, ModelName = model, HookName = transcodes ? $"{place} input" : place, OutputHookName = transcodes ? $"{place} output" : null, At = transcodes ? null : at, OutputAt = transcodes ? at : null,
        };
    }
}
