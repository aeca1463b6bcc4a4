using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Steering.Tests.Edits;
using Trimtab.Testing;

namespace Trimtab.Steering.Tests.Gates;

/// <summary>Two prompts of the golden Llama, and gates that tell them apart.</summary>
internal static class SomeGates
{
    public static HookPoint Read { get; } = HookPoint.ResidPost(2);

    public static LoadedModel Model => SomeEdits.Model;

    public static int[] One => GoldenModel.Of("llama").Ids("seqA.input_ids");

    public static int[] Other => GoldenModel.Of("llama").Ids("seqB.input_ids");

    public static Edit Push => SomeEdits.All["add"];

    /// <summary>A gate that opens for <see cref="One"/> and not for <see cref="Other"/>, whose prompts are read at block 2.</summary>
    public static ConditionGate OpensForOne(GateReading reading = GateReading.PromptMean)
    {
        double one = Score(One, reading), other = Score(Other, reading);
        return new ConditionGate(Read, Direction.Of(SomeEdits.B), (one + other) / 2, one > other ? GateComparison.Larger : GateComparison.Smaller) { Reading = reading };
    }

    public static ConditionGate Always => new(Read, Direction.Of(SomeEdits.B), -2);

    public static ConditionGate Never => new(Read, Direction.Of(SomeEdits.B), 2);

    /// <summary>The score of a prompt, from rows that are captured here.</summary>
    public static double Score(int[] prompt, GateReading reading)
    {
        float[][] rows = Rows(prompt, Read);
        float[] row = reading == GateReading.LastPromptToken ? rows[^1] : [.. Enumerable.Range(0, rows[0].Length).Select(i => rows.Average(r => r[i]))];
        return ConditionGate.Similarity(row, SomeEdits.B.Values);
    }

    /// <summary>The rows of an unsteered text.</summary>
    public static float[][] Rows(int[] ids, HookPoint point)
    {
        var capture = new ActivationCapture([point]);
        using var run = new ModelRun(Model, [new Sequence(ids)], [capture]);
        run.Forward(LogitRows.None);
        return [.. Enumerable.Range(0, ids.Length).Select(row => capture[point].Row(row).ToArray())];
    }

    /// <summary>An intervention at block 1, before the point that the gates read, on all tokens.</summary>
    public static SteeringPlan Plan(Gate? gate, Tokens? tokens = null) => SteeringPlan.Of(new Intervention([HookPoint.ResidPost(1)], tokens ?? Tokens.All, Push) { Gate = gate });

    public static DecidedSteering Decide(Gate gate, int[] prompt) => Decide(Plan(gate).Compile(Model), prompt);

    public static DecidedSteering Decide(ISteering steering, int[] prompt)
    {
        var sequence = new Sequence(prompt, steering: steering);
        using var run = new ModelRun(Model, [sequence]);
        run.Forward(LogitRows.Last);
        return new DecidedSteering(sequence.Steering!, sequence.Decisions);
    }
}
