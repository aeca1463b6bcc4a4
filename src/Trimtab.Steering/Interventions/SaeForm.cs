using System.Text.Json.Nodes;
using Trimtab.Steering.Sae;

namespace Trimtab.Steering;

/// <summary>A sparse autoencoder in a plan file: <c>"sae": "my-sae"</c>, and beside it what its file does not say, <c>"format"</c>, <c>"k"</c> and <c>"input-scale"</c>.</summary>
internal static class SaeForm
{
    public static (SparseAutoencoder Sae, string File, SaeLoadOptions Options) Read(PlanMembers members)
    {
        string path = members.Existing("sae");
        var options = new SaeLoadOptions
        {
            Format = members.Has("format") ? members.Text("format") : null,
            K = members.Has("k") ? members.Whole("k") : null,
            InputScale = members.Has("input-scale") ? (float)members.Number("input-scale") : null,
        };
        return (members.Made("sae", () => SparseAutoencoder.Load(path, options)), members.Text("sae"), options);
    }

    public static void Write(JsonObject json, string? file, SaeLoadOptions options)
    {
        json["sae"] = file ?? throw new FormatException("Plan: an edit or a gate names the file of its autoencoder, and this one was never saved. Save it, load it, and plan with that.");
        if (options.Format is { } format)
            json["format"] = format;
        if (options.K is { } k)
            json["k"] = k;
        if (options.InputScale is { } scale)
            json["input-scale"] = scale;
    }
}
