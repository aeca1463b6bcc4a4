using System.CommandLine;
using Trimtab.Steering.Sae;

namespace Trimtab.Cli.Verbs;

/// <summary>--sae, --format, --k and --input-scale: an autoencoder, and what its file may leave unsaid.</summary>
internal sealed class SaeFileOptions
{
    private readonly Option<string> _path = new("--sae") { Description = $"The autoencoder: {string.Join("; ", SaeFormats.All.Select(f => $"{f.Summary} ({f.Name})"))}.", Required = true };
    private readonly Option<string?> _format = new("--format") { Description = "Its format, where the names of its files do not show it." };
    private readonly Option<int?> _k = new("--k") { Description = "How many latents stay per row, where only the repository's name tells (qwen-scope)." };
    private readonly Option<float?> _scale = new("--input-scale") { Description = "The number that rows were scaled by in training, where the file asks for one and does not hold it (saelens)." };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_path, _format, _k, _scale])
            command.Options.Add(option);
    }

    /// <summary>Loads the autoencoder.</summary>
    public SparseAutoencoder Load(ParseResult parsed) =>
        SparseAutoencoder.Load(parsed.GetValue(_path)!, new SaeLoadOptions { Format = parsed.GetValue(_format), K = parsed.GetValue(_k), InputScale = parsed.GetValue(_scale) });
}
