using System.Security.Cryptography;
using System.Text;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;

namespace Trimtab.Steering;

/// <summary>Edits for one model.</summary>
internal sealed class CompiledPlan(IReadOnlyList<PlanEdit> edits) : ISteering
{
    public string Fingerprint { get; } = FingerprintOf(edits);

    public IReadOnlyList<IRowEdit> Edits => edits;

    public static string FingerprintOf(IReadOnlyList<PlanEdit> edits) => edits.Count == 0
        ? ""
        : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', edits.Select(edit => edit.Identity)))))[..16];
}

/// <summary>Edits for one model, some of which wait for the prompt. What is left once it is known is a plan as if written for it: the same bits, the same fingerprint.</summary>
internal sealed class ConditionalPlan(IReadOnlyList<PlanEdit[]> interventions) : IConditionalSteering
{
    private readonly PlanEdit[] _edits = [.. interventions.SelectMany(edits => edits)];

    public string Fingerprint => CompiledPlan.FingerprintOf(_edits);

    public IReadOnlyList<IRowEdit> Edits => _edits;

    public IReadOnlyCollection<HookPoint> ReadPoints { get; } = [.. interventions.SelectMany(edits => edits).SelectMany(edit => edit.ReadPoints).Distinct()];

    public DecidedSteering Decide(Func<HookPoint, Tensor> promptRows)
    {
        var (left, decisions) = (new List<PlanEdit>(), new List<GateDecision>());
        foreach (var edits in interventions)
        {
            // The edits of an intervention differ in their hook point alone, and what the prompt decides is the same for all of them.
            var scores = new List<GateScore>();
            CompiledGate?[] gates = [.. edits.Select((edit, i) => edit.Gate?.Decide(promptRows, i == 0 ? scores : []))];
            if (scores.Count > 0)
                decisions.Add(new GateDecision(string.Join(", ", edits.Select(edit => edit.Description)), Outcome(gates[0]), scores));
            left.AddRange(edits.Zip(gates).Where(pair => pair.Second != SettledGate.Closed).Select(pair => pair.First.Behind(pair.Second == SettledGate.Open ? null : pair.Second)));
        }
        return new DecidedSteering(new CompiledPlan(left), decisions);
    }

    private static GateOutcome Outcome(CompiledGate? gate) =>
        gate == SettledGate.Closed ? GateOutcome.Closed : gate == SettledGate.Open ? GateOutcome.Open : GateOutcome.ByToken;
}

/// <summary>An edit of a plan at one of its hook points.</summary>
internal sealed class PlanEdit : IRowEdit
{
    private readonly Tokens _tokens;
    private readonly CompiledEdit _edit;

    public PlanEdit(Intervention intervention, HookPoint at, LoadedModel model)
    {
        model.RequireHookPoint(at);
        (At, _tokens) = (at, intervention.Tokens);
        (_edit, Gate) = (intervention.Edit.CompileAt(at, model), intervention.Gate?.CompileAt(at, model));
        Description = $"'{PlanKinds<Edit>.NameOf(intervention.Edit)}' at {at} on tokens '{_tokens}'";
    }

    private PlanEdit(PlanEdit edit, CompiledGate? gate) => (At, _tokens, _edit, Gate, Description) = (edit.At, edit._tokens, edit._edit, gate, edit.Description);

    public HookPoint At { get; }

    public CompiledGate? Gate { get; }

    public IEnumerable<HookPoint> ReadPoints => Gate?.ReadPoints ?? [];

    /// <summary>Everything that determines the result.</summary>
    public string Identity => $"{At} {_tokens} {_edit.Identity}{(Gate is null ? "" : $" if {Gate.Identity}")}";

    public string Description { get; }

    /// <summary>The same edit behind another gate.</summary>
    public PlanEdit Behind(CompiledGate? gate) => new(this, gate);

    public bool Selects(int position, int promptLength) => _tokens.Selects(position, promptLength);

    public Tensor Apply(Tensor rows) => Gate is null ? _edit.Apply(rows) : GatedRows.Apply(rows, _edit, Gate.Factors(rows));
}
