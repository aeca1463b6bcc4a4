using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Hooks;

namespace Trimtab.Steering;

/// <summary>Opens where all of several gates do: g = Π gᵢ, which for 0 and 1 is "and".</summary>
/// <param name="Gates">The gates; at least one.</param>
[Gate("all")]
public sealed record AllGate(ImmutableArray<Gate> Gates) : Gate
{
    /// <summary>The gates.</summary>
    public ImmutableArray<Gate> Gates { get; init; } = GateLists.Checked(Gates);

    /// <inheritdoc/>
    public override CompiledGate CompileAt(HookPoint at, LoadedModel model) => new Conjunction([.. Gates.Select(gate => gate.CompileAt(at, model))]);

    internal static AllGate Read(PlanMembers members) => members.Made("gates", () => new AllGate([.. members.List("gates").Select(PlanKinds<Gate>.Read)]));

    internal override void Write(JsonObject json, IReadOnlyList<HookPoint> at) => json["gates"] = GateLists.Write(Gates, at);
}
