using System.Globalization;
using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Hooks;

namespace Trimtab.Steering;

/// <summary>
/// Opens by the activation of one latent of a sparse autoencoder: a = max(0, w · (h − c) + b), with the latent's encoder column w and bias b and the centre c that the
/// autoencoder takes off its input. For a prompt the score is the mean of its tokens' activations, not the activation of their mean. For a JumpReLU latent read at each
/// token, the threshold is the latent's own.
/// </summary>
[Gate("latent")]
public sealed record LatentGate : ScoreGate
{
    /// <summary>A gate that opens where the activation lies beyond a threshold.</summary>
    /// <param name="direction">w, as it is in the encoder.</param>
    /// <param name="bias">b.</param>
    /// <param name="threshold">The threshold, in units of the activation.</param>
    public LatentGate(Direction direction, double bias, double threshold = 0) => (Direction, Bias, Threshold) = (direction, bias, threshold);

    /// <summary>w.</summary>
    public Direction Direction { get; init; }

    /// <summary>b.</summary>
    public double Bias { get; init; }

    /// <summary>c; null for none.</summary>
    public Direction? Centre { get; init; }

    private protected override bool ScoresEachToken => true;

    internal static LatentGate Read(PlanMembers members) => new(DirectionForm.Read(members.Object("direction")), members.Number("bias"), members.Number("threshold"))
    {
        Centre = members.Has("centre") ? DirectionForm.Read(members.Object("centre")) : null,
        At = ReadAt(members),
        Reading = GateForms.Reading(members),
        Comparison = GateForms.Comparison(members),
    };

    internal override void Write(JsonObject json, IReadOnlyList<HookPoint> at)
    {
        json["direction"] = DirectionForm.Write(Direction, DirectionPoints(at));
        json["bias"] = Bias;
        if (Centre is not null)
            json["centre"] = DirectionForm.Write(Centre, DirectionPoints(at));
        WriteReading(json);
    }

    private protected override (RowScore, string) ScoreAt(HookPoint point, LoadedModel model)
    {
        var weights = Direction.At(point, model);
        // w · (h − c) + b = w · h + (b − w · c).
        double bias = Bias - (Centre is null ? 0 : Product(weights.Values, Centre.At(point, model).Values));
        return (row => Math.Max(0, Product(row, weights.Values) + bias), string.Create(CultureInfo.InvariantCulture, $"{Direction.Digest(weights)} {bias:R}"));
    }
}
