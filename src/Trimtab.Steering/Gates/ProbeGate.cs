using System.Globalization;
using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Hooks;

namespace Trimtab.Steering;

/// <summary>
/// Opens by what a linear probe says of the prompt, or of each token: p = σ(w · h + b) against a threshold, 0.5 where none is given. A vector fitted by `linear-probe`
/// holds w and records b.
/// </summary>
[Gate("probe")]
public sealed record ProbeGate : ScoreGate
{
    /// <summary>A gate that opens where the probability lies beyond a threshold.</summary>
    /// <param name="direction">w, as long as it was fitted.</param>
    /// <param name="bias">b; null for the one that the direction's vector records.</param>
    public ProbeGate(Direction direction, double? bias = null) => (Direction, Bias, Threshold) = (direction, bias, 0.5);

    /// <summary>w.</summary>
    public Direction Direction { get; init; }

    /// <summary>b; null for the one that the direction's vector records.</summary>
    public double? Bias { get; init; }

    internal static ProbeGate Read(PlanMembers members) => new(DirectionForm.Read(members.Object("direction")), members.Has("bias") ? members.Number("bias") : null)
    {
        At = ReadAt(members),
        Reading = GateForms.Reading(members),
        Threshold = members.Has("threshold") ? members.Number("threshold") : 0.5,
        Comparison = GateForms.Comparison(members),
    };

    internal override void Write(JsonObject json, IReadOnlyList<HookPoint> at)
    {
        json["direction"] = DirectionForm.Write(Direction, DirectionPoints(at));
        if (Bias is { } bias)
            json["bias"] = bias;
        WriteReading(json);
    }

    private protected override (RowScore, string) ScoreAt(HookPoint point, LoadedModel model)
    {
        var weights = Direction.At(point, model);
        double bias = Bias ?? RecordedBias(point);
        return (row => 1 / (1 + Math.Exp(-(Product(row, weights.Values) + bias))), string.Create(CultureInfo.InvariantCulture, $"{Direction.Digest(weights)} {bias:R}"));
    }

    private double RecordedBias(HookPoint point)
    {
        var source = (Direction as VectorDirection)?.From ?? point;
        return Direction is VectorDirection { Vector.Provenance.Probes: { } probes } && probes.TryGetValue(source.ToString(), out var probe)
            ? probe.Bias
            : throw new SteeringException($"Gate: no bias is given for the probe, and its direction records none at {source}. Give \"bias\", or a vector fitted by linear-probe.");
    }
}
