using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Steering.Sae;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Steering;

/// <summary>What becomes of one latent: c = factor · a + value.</summary>
/// <param name="Latent">Its number.</param>
/// <param name="Value">What is added; with factor 0 the value it is clamped to.</param>
/// <param name="Factor">What its activation a is multiplied by; 0 to clamp, above 1 to amplify.</param>
public readonly record struct LatentTarget(int Latent, float Value, float Factor = 0);

/// <summary>How a clamped latent gets back into the residual stream.</summary>
public enum ClampForm
{
    /// <summary>x + Σ (c − a) W_dec[j], in the model's scale: what the autoencoder does not explain stays, and c = a changes nothing.</summary>
    KeepError,
    /// <summary>The decoded latents take the place of the row: what the autoencoder does not explain is lost.</summary>
    Reconstruct,
}

/// <summary>
/// Sets latents of a sparse autoencoder to values of one's own, whatever they are in a row (clamping: Templeton et al. 2024; for refusal O'Brien et al. 2024, arXiv 2411.11296). With the error kept, each latent costs two
/// products of the row's width. For Top-k autoencoders a is then the latent's own rectified pre-activation, whether or not it is among the k largest; <see cref="Exact"/> encodes the row to know.
/// Gradients pass through latents that are clamped by their own products; the exact and the reconstructing form cannot be trained under.
/// </summary>
[Edit("feature-clamp")]
public sealed record FeatureClamp : Edit
{
    /// <summary>A clamp.</summary>
    /// <param name="sae">The autoencoder.</param>
    /// <param name="targets">The latents, each once.</param>
    /// <exception cref="ArgumentException">There are no latents, one comes twice, does not exist, or has a number that is not finite.</exception>
    public FeatureClamp(SparseAutoencoder sae, params ImmutableArray<LatentTarget> targets)
    {
        if (targets.IsDefaultOrEmpty || targets.DistinctBy(target => target.Latent).Count() < targets.Length)
            throw new ArgumentException("Feature clamp: latents are needed, each once.", nameof(targets));
        foreach (var target in targets)
            if ((uint)target.Latent >= (uint)sae.LatentCount || !float.IsFinite(target.Value) || !float.IsFinite(target.Factor))
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Feature clamp: latent {target.Latent} with value {target.Value} and factor {target.Factor} — latents are 0 … {sae.LatentCount - 1}, and numbers finite."), nameof(targets));
        (Sae, Targets) = (sae, targets);
    }

    /// <summary>The autoencoder.</summary>
    public SparseAutoencoder Sae { get; }

    /// <summary>The latents and what becomes of them.</summary>
    public ImmutableArray<LatentTarget> Targets { get; }

    /// <summary>How they get back into the residual stream.</summary>
    public ClampForm Form { get; init; }

    /// <summary>Encodes every row as a whole, so that a Top-k latent which is not among the k largest counts as 0.</summary>
    public bool Exact { get; init; }

    /// <summary>The folder or file of the autoencoder, as a plan names it; null for one that was never saved.</summary>
    public string? File { get; init; }

    /// <summary>What that file does not say, as a plan states it beside the file.</summary>
    public SaeLoadOptions LoadOptions { get; init; } = new();

    /// <inheritdoc/>
    public override CompiledEdit CompileAt(HookPoint at, LoadedModel model)
    {
        Sae.RequireAutoencoder("Feature clamp");
        Sae.RequireFit(model, at);
        return new Compiled(this);
    }

    internal static FeatureClamp Read(PlanMembers members)
    {
        var (sae, file, options) = SaeForm.Read(members);
        ImmutableArray<LatentTarget> targets = [.. members.List("latents").Select(ReadTarget)];
        return members.Made("latents", () => new FeatureClamp(sae, targets)) with
        {
            File = file,
            LoadOptions = options,
            Exact = members.Has("exact") && members.Flag("exact"),
            Form = members.Has("form") ? members.Parsed("form", members.Text("form"), ParseForm) : ClampForm.KeepError,
        };
    }

    internal override void Write(JsonObject json, IReadOnlyList<HookPoint> at)
    {
        SaeForm.Write(json, File, LoadOptions);
        json["latents"] = new JsonArray([.. Targets.Select(target => (JsonNode)new JsonObject { ["latent"] = target.Latent, ["value"] = target.Value, ["factor"] = target.Factor })]);
        json["form"] = NameOf(Form);
        json["exact"] = Exact;
    }

    private static LatentTarget ReadTarget(PlanMembers members)
    {
        var target = new LatentTarget(members.Whole("latent"), members.Has("value") ? (float)members.Number("value") : 0, members.Has("factor") ? (float)members.Number("factor") : 0);
        members.RequireAllRead();
        return target;
    }

    private static string NameOf(ClampForm form) => form == ClampForm.KeepError ? "keep-error" : "reconstruct";

    private static ClampForm ParseForm(string text) => text switch
    {
        "keep-error" => ClampForm.KeepError,
        "reconstruct" => ClampForm.Reconstruct,
        _ => throw new FormatException($"'{text}' is not understood. Write keep-error or reconstruct."),
    };

    private sealed class Compiled : CompiledEdit
    {
        private readonly FeatureClamp _clamp;
        private readonly LatentTarget[] _targets;
        private readonly Tensor[] _written;

        public Compiled(FeatureClamp clamp)
        {
            _clamp = clamp;
            // A latent that becomes what it is adds nothing to a row whose error stays.
            _targets = [.. clamp.Targets.Where(target => clamp.Form == ClampForm.Reconstruct || target is not { Factor: 1, Value: 0 })];
            _written = [.. _targets.Select(target => clamp.Sae.DecoderRow(target.Latent))];
            Identity = $"feature-clamp {NameOf(clamp.Form)} {(clamp.Exact ? "exact " : "")}{(EncodesRows ? clamp.Sae.Identity : "")}{string.Concat(_targets.Select(Described))}";
        }

        // Among the k largest, or in a row that is rebuilt, every other latent has a say.
        private bool EncodesRows => _targets.Length > 0 && (_clamp.Exact || _clamp.Form == ClampForm.Reconstruct);

        public override string Identity { get; }

        public override Tensor Apply(Tensor rows) => _targets.Length == 0 ? rows : _clamp.Form == ClampForm.Reconstruct ? Reconstructed(rows) : _clamp.Exact ? Encoded(rows) : ByOwnProduct(rows);

        private Tensor ByOwnProduct(Tensor rows)
        {
            var result = rows;
            for (int i = 0; i < _targets.Length; i++)
            {
                var pre = _clamp.Sae.PreActivations(rows, _targets[i].Latent);
                result = result.AddOuter(_written[i], rows.WantsGradient ? Differentiable(_targets[i], pre) : Changes(_targets[i], pre, rows));
            }
            return result;
        }

        private Tensor Changes(LatentTarget target, Tensor pre, Tensor rows)
        {
            for (int row = 0; row < rows.RowCount; row++)
                pre.Values[row] = Change(target, _clamp.Sae.Kind.ActivationOf(target.Latent, pre.Values[row])) * _clamp.Sae.Normalisation.UndoneFactor(rows.Row(row));
            return pre;
        }

        // Every kind is made of straight pieces, so around each value the change is slope · pre + offset. Rows that are normalised one by one never come here: their gradients are refused.
        private Tensor Differentiable(LatentTarget target, Tensor pre)
        {
            Tensor slopes = pre.NewLike(pre.Shape), offsets = pre.NewLike(pre.Shape);
            for (int row = 0; row < pre.Count; row++)
            {
                float value = pre.Values[row], slope = (target.Factor - 1) * _clamp.Sae.Kind.SlopeOf(target.Latent, value);
                (slopes.Values[row], offsets.Values[row]) = (slope, Change(target, _clamp.Sae.Kind.ActivationOf(target.Latent, value)) - slope * value);
            }
            return pre.Multiply(slopes).Add(offsets);
        }

        private Tensor Encoded(Tensor rows)
        {
            var latents = _clamp.Sae.EncodeSparse(rows);
            var result = rows;
            for (int i = 0; i < _targets.Length; i++)
            {
                var change = rows.NewLike(new Shape(rows.RowCount));
                for (int row = 0; row < rows.RowCount; row++)
                    change.Values[row] = Change(_targets[i], latents.ValueOf(row, _targets[i].Latent)) * _clamp.Sae.Normalisation.UndoneFactor(rows.Row(row));
                result = result.AddOuter(_written[i], change);
            }
            return result;
        }

        private Tensor Reconstructed(Tensor rows)
        {
            var latents = _clamp.Sae.Encode(rows);
            for (int row = 0; row < rows.RowCount; row++)
                foreach (var target in _targets)
                    latents.Row(row)[target.Latent] += Change(target, latents.Row(row)[target.Latent]);
            return _clamp.Sae.Decode(latents, rows);
        }

        private string Described(LatentTarget target) =>
            string.Create(CultureInfo.InvariantCulture, $" [{SaeIdentity.Of(_clamp.Sae, target.Latent)}] {target.Value:R} {target.Factor:R}");

        private static float Change(LatentTarget target, float activation) => target.Factor * activation + target.Value - activation;
    }
}
