using System.Globalization;
using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Steering.Sae;
using Trimtab.Tensors;

namespace Trimtab.Steering;

/// <summary>
/// Opens by the activation of one latent of a sparse autoencoder, by its own pre-activation and under the autoencoder's kind (<see cref="SaeKind.ActivationOf"/>; a Top-k latent counts whether or not it is among
/// the k largest). For a prompt the score is the mean of its tokens' activations, not the activation of their mean. Where there is no autoencoder's file at hand, a rectified latent can be given by its numbers:
/// a = max(0, w · (h − c) + b), with its encoder column w, its bias b and the centre c that is taken off the input.
/// </summary>
[Gate("latent")]
public sealed record LatentGate : ScoreGate
{
    /// <summary>A gate that opens where the activation of an autoencoder's latent lies beyond a threshold.</summary>
    /// <param name="sae">The autoencoder. Prompts are read where it was trained, unless <see cref="ScoreGate.At"/> says otherwise.</param>
    /// <param name="latent">The latent, from 0.</param>
    /// <param name="threshold">The threshold, in units of the activation.</param>
    /// <exception cref="ArgumentException">There is no such latent.</exception>
    public LatentGate(SparseAutoencoder sae, int latent, double threshold = 0)
    {
        if ((uint)latent >= (uint)sae.LatentCount)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Gate: there is no latent {latent} — latents are 0 … {sae.LatentCount - 1}."), nameof(latent));
        (Sae, Latent, Threshold) = (sae, latent, threshold);
    }

    /// <summary>A gate that opens where the activation of a rectified latent, given by its numbers, lies beyond a threshold.</summary>
    /// <param name="direction">w, as it is in the encoder.</param>
    /// <param name="bias">b.</param>
    /// <param name="threshold">The threshold, in units of the activation.</param>
    public LatentGate(Direction direction, double bias, double threshold = 0) => (Direction, Bias, Threshold) = (direction, bias, threshold);

    /// <summary>The autoencoder; null where the latent is given by its numbers.</summary>
    public SparseAutoencoder? Sae { get; }

    /// <summary>The autoencoder's latent, from 0.</summary>
    public int Latent { get; }

    /// <summary>The folder or file of the autoencoder, as a plan names it; null for one that was never saved.</summary>
    public string? File { get; init; }

    /// <summary>What that file does not say, as a plan states it beside the file.</summary>
    public SaeLoadOptions LoadOptions { get; init; } = new();

    /// <summary>w; null where the latent is an autoencoder's.</summary>
    public Direction? Direction { get; }

    /// <summary>b.</summary>
    public double Bias { get; }

    /// <summary>c; null for none.</summary>
    public Direction? Centre { get; init; }

    private protected override bool ScoresEachToken => true;

    private protected override HookPoint? OwnPoint => Sae?.Origin.At;

    internal static LatentGate Read(PlanMembers members) => (members.Has("sae") ? ReadLatent(members) : ReadNumbers(members)) with
    {
        At = ReadAt(members),
        Reading = GateForms.Reading(members),
        Comparison = GateForms.Comparison(members),
    };

    internal override void Write(JsonObject json, IReadOnlyList<HookPoint> at)
    {
        if (Direction is null)
        {
            SaeForm.Write(json, File, LoadOptions);
            json["latent"] = Latent;
        }
        else
        {
            json["direction"] = DirectionForm.Write(Direction, DirectionPoints(at));
            json["bias"] = Bias;
            if (Centre is not null)
                json["centre"] = DirectionForm.Write(Centre, DirectionPoints(at));
        }
        WriteReading(json);
    }

    private protected override (RowScore, string) ScoreAt(HookPoint point, LoadedModel model) =>
        Sae is { } sae ? ScoreOfLatent(sae, point, model) : ScoreOfNumbers(Direction!, point, model);

    private static LatentGate ReadLatent(PlanMembers members)
    {
        var (sae, file, options) = SaeForm.Read(members);
        var (latent, threshold) = (members.Whole("latent"), members.Number("threshold"));
        return members.Made("latent", () => new LatentGate(sae, latent, threshold)) with { File = file, LoadOptions = options };
    }

    private static LatentGate ReadNumbers(PlanMembers members) => new(DirectionForm.Read(members.Object("direction")), members.Number("bias"), members.Number("threshold"))
    {
        Centre = members.Has("centre") ? DirectionForm.Read(members.Object("centre")) : null,
    };

    // Each row by itself, and outside of any graph: a gate that is open or closed has no slope.
    private (RowScore, string) ScoreOfLatent(SparseAutoencoder sae, HookPoint point, LoadedModel model)
    {
        sae.RequireFit(model, point);
        return (row => sae.Kind.ActivationOf(Latent, sae.PreActivations(Tensor.From(row, 1, row.Length), Latent).Values[0]), SaeIdentity.Of(sae, Latent));
    }

    private (RowScore, string) ScoreOfNumbers(Direction direction, HookPoint point, LoadedModel model)
    {
        var weights = direction.At(point, model);
        // w · (h − c) + b = w · h + (b − w · c).
        double bias = Bias - (Centre is null ? 0 : Product(weights.Values, Centre.At(point, model).Values));
        return (row => Math.Max(0, Product(row, weights.Values) + bias), string.Create(CultureInfo.InvariantCulture, $"{Direction.Digest(weights)} {bias:R}"));
    }
}
