using System.Globalization;
using Trimtab.Models.Hooks;
using Trimtab.Tensors.Files;

namespace Trimtab.Steering.Sae;

/// <summary>
/// Gemma Scope: `params.npz` with W_enc [D, F], b_enc, W_dec [F, D], b_dec and threshold [F]; JumpReLU over rows as they are. What it was trained on stands in the names of the folders alone. Autoencoders of the
/// embeddings were trained on them before Gemma's factor √D, which the hook point `embed` has behind it.
/// </summary>
internal sealed class GemmaScopeFormat : SaeFormat
{
    private const string FileName = "params.npz";

    public override string Name => "gemma-scope";

    public override string Summary => "a folder with params.npz";

    internal override string? Find(string path) => FolderWith(path, FileName);

    internal override SparseAutoencoder Read(string path, SaeLoadOptions options) => SaeTensors.Read(NpzFile.Open(Path.Combine(path, FileName)), tensors =>
    {
        var (inputs, latents) = tensors.SizeOf("W_enc");
        string[] folders = Path.GetFullPath(path).Split(Path.DirectorySeparatorChar);
        var at = PlaceOf(folders);
        float scale = at == HookPoint.Embed ? 1 / MathF.Sqrt(inputs) : 1;
        var weights = new SaeWeights(tensors.Turned("W_enc", latents, inputs), tensors.Vector("b_enc", latents), tensors.Matrix("W_dec", latents, inputs), tensors.Vector("b_dec", inputs));
        return new SparseAutoencoder(weights, new JumpRelu(tensors.Vector("threshold", latents)), tensors)
        {
            Normalisation = new FixedScale(scale, scale),
            Origin = new SaeOrigin
            {
                Format = Name, File = path, ModelName = ModelOf(folders), HookName = HookNames.InTransformerLens(at), At = at, L0 = Number(folders, "average_l0_"), PrependsBos = true, ContextSize = 1024,
            },
        };
    });

    /// <summary>The number in the folder name "average_l0_71", or null.</summary>
    private static int? Number(string[] folders, string prefix) => folders.LastOrDefault(folder => folder.StartsWith(prefix, StringComparison.Ordinal)) is { } folder
        && int.TryParse(folder.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    // The repository's name ends in res, mlp or att; where the folder above is another, the place is unknown.
    private static HookPoint? PlaceOf(string[] folders)
    {
        if (folders.Contains("embedding"))
            return HookPoint.Embed;
        return Number(folders, "layer_") is { } layer && Repository(folders) is { } repository
            ? repository.Split('-')[^1] switch
            {
                "res" => HookPoint.ResidPost(layer),
                "mlp" => new HookPoint(Site.MlpOut, layer),
                "att" => new HookPoint(Site.AttnHeads, layer),
                _ => null,
            }
            : null;
    }

    // gemma-scope-9b-it-res belongs to gemma-2-9b-it.
    private static string? ModelOf(string[] folders) => Repository(folders) is { } name ? $"gemma-2-{string.Join('-', name.Split('-')[2..^1])}" : null;

    private static string? Repository(string[] folders) => folders.LastOrDefault(folder => folder.StartsWith("gemma-scope-", StringComparison.Ordinal));
}
