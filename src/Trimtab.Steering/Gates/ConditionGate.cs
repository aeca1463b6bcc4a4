using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;

namespace Trimtab.Steering;

/// <summary>
/// Conditional activation steering (CAST, Lee et al. 2024, arXiv 2409.05907, section 3): opens by the similarity of a prompt to a condition vector c, cos(h, tanh(P h)),
/// where h is the prompt's pooled row, P h = (h · c / c · c) c its projection, and tanh is taken of each value. The score lies from −1 to 1. As P h is the same for c
/// and −c, so is the score: it says how much of h lies along c, not on which side. "Larger" means larger: the reference code has the two names the other way round.
/// </summary>
[Gate("condition")]
public sealed record ConditionGate : ScoreGate
{
    /// <summary>A gate that opens for prompts whose similarity at a hook point lies beyond a threshold.</summary>
    /// <param name="at">Where prompts are read.</param>
    /// <param name="direction">c.</param>
    /// <param name="threshold">The threshold.</param>
    /// <param name="comparison">Which side of it opens.</param>
    public ConditionGate(HookPoint at, Direction direction, double threshold, GateComparison comparison = GateComparison.Larger) =>
        (At, Direction, Threshold, Comparison) = (at, direction, threshold, comparison);

    /// <summary>c; its length has no effect.</summary>
    public Direction Direction { get; init; }

    /// <summary>cos(h, tanh(P h)); 0 for a row of zeros.</summary>
    /// <param name="row">h [D].</param>
    /// <param name="condition">c [D], not zero.</param>
    public static double Similarity(ReadOnlySpan<float> row, ReadOnlySpan<float> condition)
    {
        double coefficient = Product(row, condition) / Product(condition, condition), length = Product(row, row), dot = 0, projected = 0;
        for (int i = 0; i < row.Length; i++)
        {
            double value = Math.Tanh(coefficient * condition[i]);
            (dot, projected) = (dot + row[i] * value, projected + value * value);
        }
        return projected == 0 ? 0 : dot / Math.Sqrt(length * projected);
    }

    internal static ConditionGate Read(PlanMembers members)
    {
        var reading = GateForms.Reading(members);
        if (reading == GateReading.EachToken)
            throw members.Bad("read", "a condition is decided once, by the prompt: prompt-mean or last-prompt-token");
        var at = members.Parsed("at", members.Text("at"), HookPoint.Parse);
        return new ConditionGate(at, DirectionForm.Read(members.Object("direction")), members.Number("threshold"), GateForms.Comparison(members)) { Reading = reading };
    }

    internal override void Write(JsonObject json, IReadOnlyList<HookPoint> at)
    {
        json["direction"] = DirectionForm.Write(Direction, DirectionPoints(at));
        WriteReading(json);
    }

    private protected override (RowScore, string) ScoreAt(HookPoint point, LoadedModel model)
    {
        if (Reading == GateReading.EachToken)
            throw new SteeringException("Gate: a 'condition' is decided once, by the prompt. Read the prompt, or use a 'soft' or 'probe' gate for each token.");
        var condition = Direction.Unit(Direction.At(point, model), point);
        return (row => Similarity(row, condition.Values), Direction.Digest(condition));
    }
}
