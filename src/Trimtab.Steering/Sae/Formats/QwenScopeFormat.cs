using System.Globalization;
using System.Text.RegularExpressions;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Tensors.Files;

namespace Trimtab.Steering.Sae;

/// <summary>
/// Qwen-Scope: `layer12.sae.pt`, a dictionary of W_enc [F, D], b_enc, W_dec [D, F] and b_dec, read at the output of block 12. The k largest pre-activations stay as they are, negative ones too, and the input is not
/// centred. k stands only in the repository's name, behind L0.
/// </summary>
internal sealed partial class QwenScopeFormat : SaeFormat
{
    public override string Name => "qwen-scope";

    public override string Summary => "a file layer12.sae.pt";

    internal override IReadOnlyList<string> Options => [nameof(SaeLoadOptions.K)];

    internal override string? Find(string path) => File.Exists(path) && LayerPattern.IsMatch(Path.GetFileName(path)) ? path : null;

    internal override SparseAutoencoder Read(string path, SaeLoadOptions options) => SaeTensors.Read(TorchFile.Load(path), tensors =>
    {
        var (latents, inputs) = tensors.SizeOf("W_enc");
        var repository = RepositoryPattern.Match(Path.GetFullPath(path));
        int k = options.K ?? Whole(repository.Groups["k"]) ?? throw new ModelFormatException($"{path}: how many latents stay per row (k) is not in the file, and no folder above is named as the repository is (SAE-Res-…-L0_50). Give K.");
        var weights = new SaeWeights(tensors.Matrix("W_enc", latents, inputs), tensors.Vector("b_enc", latents), tensors.Turned("W_dec", latents, inputs), tensors.Vector("b_dec", inputs));
        return new SparseAutoencoder(weights, new TopK(k, Rectified: false), tensors)
        {
            Origin = new SaeOrigin
            {
                Format = Name, File = path, ModelName = repository.Success ? repository.Groups["model"].Value : null, HookName = Path.GetFileName(path),
                At = HookPoint.ResidPost(Whole(LayerPattern.Match(Path.GetFileName(path)).Groups["layer"])!.Value),
            },
        };
    });

    private static int? Whole(Group digits) => int.TryParse(digits.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    [GeneratedRegex(@"^layer(?<layer>\d{1,6})\.sae\.pt$")]
    private static partial Regex LayerPattern { get; }

    [GeneratedRegex(@"SAE-Res-(?<model>[^/\\]+)-W\d+K-L0_(?<k>\d{1,6})")]
    private static partial Regex RepositoryPattern { get; }
}
