using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Hooks;

namespace Trimtab.Steering;

/// <summary>Opens where another gate does not: 1 − g.</summary>
/// <param name="Gate">The other gate.</param>
[Gate("not")]
public sealed record NotGate(Gate Gate) : Gate
{
    /// <inheritdoc/>
    public override CompiledGate CompileAt(HookPoint at, LoadedModel model) => new Negation(Gate.CompileAt(at, model));

    internal static NotGate Read(PlanMembers members) => new(PlanKinds<Gate>.Read(members.Object("gate")));

    internal override void Write(JsonObject json, IReadOnlyList<HookPoint> at) => json["gate"] = Gate.ToJson(at);
}
