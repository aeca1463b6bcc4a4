using System.Text.Json.Nodes;
using Trimtab.Steering.Sae;

namespace Trimtab.Cli.Descriptions;

/// <summary>Describes a sparse autoencoder as a JSON object.</summary>
internal static class SaeDescription
{
    /// <summary>The description of the autoencoder at a path.</summary>
    public static JsonObject Of(string path)
    {
        using var sae = SparseAutoencoder.Load(path);
        var origin = sae.Origin;
        return new JsonObject
        {
            ["kind"] = "sparse autoencoder",
            ["format"] = origin.Format,
            ["activation"] = sae.Kind.Name,
            ["latents"] = sae.LatentCount,
            ["inputWidth"] = sae.InputWidth,
            ["outputWidth"] = sae.OutputWidth,
            ["model"] = origin.ModelName,
            ["hook"] = origin.HookName,
            ["at"] = origin.At?.ToString(),
            ["outputHook"] = origin.OutputHookName,
            ["outputAt"] = origin.OutputAt?.ToString(),
            ["statedL0"] = origin.L0 ?? sae.Kind.ExpectedL0,
            ["centresInput"] = sae.CentresInput,
            ["normalisation"] = sae.Normalisation == SaeNormalisation.None ? "none" : sae.Normalisation.ToString(),
            ["skipConnection"] = sae.Weights.Skip is not null,
            ["prependsBos"] = origin.PrependsBos,
            ["contextSize"] = origin.ContextSize,
        };
    }
}
