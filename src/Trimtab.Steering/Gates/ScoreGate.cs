using System.Globalization;
using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Steering;

/// <summary>A number that says how much of something a row holds.</summary>
internal delegate double RowScore(ReadOnlySpan<float> row);

/// <summary>A gate that compares a score with a threshold, once for the prompt or at each token.</summary>
public abstract record ScoreGate : Gate
{
    /// <summary>What is scored.</summary>
    public GateReading Reading { get; init; }

    /// <summary>Where the prompt is read; null where each token is, at the hook point of the edit, and for a gate that knows a place of its own.</summary>
    public HookPoint? At { get; init; }

    /// <summary>The threshold, in the score's unit.</summary>
    public double Threshold { get; init => field = double.IsFinite(value) ? value : throw new ArgumentException($"Gate: the threshold is {value} — a finite number is needed.", nameof(value)); }

    /// <summary>Which side of the threshold opens; at the threshold itself the gate is closed.</summary>
    public GateComparison Comparison { get; init; }

    /// <summary>Whether the prompt's score is the mean of its tokens' scores, rather than the score of their mean.</summary>
    private protected virtual bool ScoresEachToken => false;

    /// <summary>Where the prompt is read if nothing is said; null for a gate that has to be told.</summary>
    private protected virtual HookPoint? OwnPoint => null;

    /// <inheritdoc/>
    public sealed override CompiledGate CompileAt(HookPoint at, LoadedModel model)
    {
        bool readsPrompt = Reading != GateReading.EachToken;
        var place = At ?? (readsPrompt ? OwnPoint : null);
        if (readsPrompt != place.HasValue)
            throw new SteeringException(readsPrompt
                ? $"Gate: '{PlanKinds<Gate>.NameOf(this)}' reads the prompt and does not say where. Name a hook point with \"at\"."
                : $"Gate: '{PlanKinds<Gate>.NameOf(this)}' reads each token, which is done at the hook point of the edit — \"at\" is {At}. Leave it away.");
        var point = place ?? at;
        model.RequireHookPoint(point);
        if (readsPrompt && point.Site == Site.Logits)
            throw new SteeringException("Gate: it reads the prompt at logits, which are made for few of its tokens. Read it at final_norm or in a block.");
        var (score, numbers) = ScoreAt(point, model);
        string kind = PlanKinds<Gate>.NameOf(this), name = $"'{kind}' at {point} ({Reading.Name()})";
        string identity = string.Create(CultureInfo.InvariantCulture, $"{name} {numbers} {Comparison.Name()} {Threshold:R}");
        return readsPrompt ? new OfPrompt(this, point, score, name, identity) : new OfRow(this, score, identity);
    }

    /// <summary>The score at a hook point, and the numbers that determine it.</summary>
    private protected abstract (RowScore Score, string Numbers) ScoreAt(HookPoint point, LoadedModel model);

    /// <summary>The members that all such gates have.</summary>
    private protected void WriteReading(JsonObject json)
    {
        if (At is { } at)
            json["at"] = at.ToString();
        json["read"] = Reading.Name();
        json["threshold"] = Threshold;
        json["comparison"] = Comparison.Name();
    }

    /// <summary>The points for which a direction is written.</summary>
    private protected IReadOnlyList<HookPoint> DirectionPoints(IReadOnlyList<HookPoint> edits) => At is { } at ? [at] : edits;

    /// <summary>The member "at".</summary>
    private protected static HookPoint? ReadAt(PlanMembers members) => members.Has("at") ? members.Parsed("at", members.Text("at"), HookPoint.Parse) : null;

    /// <summary>a · b in double precision and in one order, so that a decision never hangs on how rows were computed together.</summary>
    private protected static double Product(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += (double)a[i] * b[i];
        return sum;
    }

    private double PromptScore(Tensor rows, RowScore score)
    {
        if (Reading == GateReading.LastPromptToken)
            return score(rows.Row(rows.RowCount - 1));
        if (ScoresEachToken)
            return Enumerable.Range(0, rows.RowCount).Average(row => score(rows.Row(row)));
        var mean = new float[rows.Columns];
        PooledActivations.Mean(rows, mean);
        return score(mean);
    }

    private sealed class OfPrompt(ScoreGate gate, HookPoint at, RowScore score, string name, string identity) : CompiledGate
    {
        public override string Identity => identity;

        public override IEnumerable<HookPoint> ReadPoints => [at];

        internal override CompiledGate Decide(Func<HookPoint, Tensor> promptRows, ICollection<GateScore> scores)
        {
            var found = new GateScore(name, gate.PromptScore(promptRows(at), score), gate.Threshold, gate.Comparison);
            scores.Add(found);
            return SettledGate.If(found.Holds);
        }

        public override Tensor Factors(Tensor rows) =>
            throw new InvalidOperationException($"Gate: {name} was asked for a factor before it had seen the prompt. Run the plan through ModelRun, Generator or LossRun.");
    }

    private sealed class OfRow(ScoreGate gate, RowScore score, string identity) : CompiledGate
    {
        public override string Identity => identity;

        public override Tensor Factors(Tensor rows)
        {
            var factors = rows.NewLike(new Shape(rows.RowCount));
            for (int row = 0; row < rows.RowCount; row++)
            {
                double found = score(rows.Row(row));
                factors.Values[row] = (gate.Comparison == GateComparison.Larger ? found > gate.Threshold : found < gate.Threshold) ? 1 : 0;
            }
            return factors;
        }
    }
}
