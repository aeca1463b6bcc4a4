using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;

namespace Trimtab.Steering;

/// <summary>
/// When an intervention applies: a factor g from 0 to 1 for each row, with which its change is multiplied, x ← x + g · (edit(x) − x). Where g is 0 the row keeps its bits,
/// where it is 1 it has those of the edit. A gate reads either the prompt, once and without any edit, so that g is 0 or 1 for all rows of a text, or each row as it comes
/// to the edit. Plain values; each kind is one file, registered by its attribute.
/// </summary>
public abstract record Gate
{
    /// <summary>The gate, ready for an edit at one hook point.</summary>
    /// <param name="at">Where the edit is.</param>
    /// <param name="model">The model.</param>
    /// <exception cref="SteeringException">It cannot be read: no such hook point, no direction for it, another width.</exception>
    public abstract CompiledGate CompileAt(HookPoint at, LoadedModel model);

    /// <summary>Writes the gate's members as plan files hold them; a static Read(PlanMembers) is its counterpart.</summary>
    internal abstract void Write(JsonObject json, IReadOnlyList<HookPoint> at);

    /// <summary>The object that a plan file has as the member if of an intervention.</summary>
    /// <param name="at">The hook points of the intervention.</param>
    /// <exception cref="FormatException">A direction or an autoencoder of it has no file, and its values cannot stand in the plan.</exception>
    public JsonObject ToJson(IReadOnlyList<HookPoint> at)
    {
        var json = new JsonObject { ["type"] = PlanKinds<Gate>.NameOf(this) };
        Write(json, at);
        return json;
    }
}

/// <summary>A gate of an edit at one hook point of one model.</summary>
public abstract class CompiledGate
{
    /// <summary>The numbers that determine the gate, as text: part of the fingerprint that tags caches.</summary>
    public abstract string Identity { get; }

    /// <summary>Where the prompt is read; nowhere, for a gate that goes by the row alone.</summary>
    public virtual IEnumerable<HookPoint> ReadPoints => [];

    /// <summary>What is left of the gate once the prompt is known.</summary>
    /// <param name="promptRows">The rows of the prompt's tokens at a point of <see cref="ReadPoints"/>.</param>
    /// <param name="scores">Gets the scores that were taken.</param>
    internal virtual CompiledGate Decide(Func<HookPoint, Tensor> promptRows, ICollection<GateScore> scores) => this;

    /// <summary>g for each row, [n], of rows [n, width] as they come to the edit. Each is found by its row alone.</summary>
    public abstract Tensor Factors(Tensor rows);
}

/// <summary>Registers a gate under the name that plan files use.</summary>
/// <param name="name">The name, in kebab case.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class GateAttribute(string name) : PlanNameAttribute(name);
