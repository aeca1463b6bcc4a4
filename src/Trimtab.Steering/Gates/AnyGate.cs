using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Hooks;

namespace Trimtab.Steering;

/// <summary>Opens where any of several gates does: g = 1 − Π (1 − gᵢ), which for 0 and 1 is "or".</summary>
/// <param name="Gates">The gates; at least one.</param>
[Gate("any")]
public sealed record AnyGate(ImmutableArray<Gate> Gates) : Gate
{
    /// <summary>The gates.</summary>
    public ImmutableArray<Gate> Gates { get; init; } = GateLists.Checked(Gates);

    /// <inheritdoc/>
    public override CompiledGate CompileAt(HookPoint at, LoadedModel model) =>
        new Negation(new Conjunction([.. Gates.Select(gate => new Negation(gate.CompileAt(at, model)))]));

    internal static AnyGate Read(PlanMembers members) => members.Made("gates", () => new AnyGate([.. members.List("gates").Select(PlanKinds<Gate>.Read)]));

    internal override void Write(JsonObject json, IReadOnlyList<HookPoint> at) => json["gates"] = GateLists.Write(Gates, at);
}
