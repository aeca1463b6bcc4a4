using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;

namespace Trimtab.Steering;

/// <summary>
/// What an intervention does to the rows it selects. An edit is a plain value; it becomes work at one hook point of one model by <see cref="CompileAt"/>. Each kind
/// is one file, registered by its attribute, and appears in plan files under that name.
/// </summary>
public abstract record Edit
{
    /// <summary>The edit, ready for one hook point.</summary>
    /// <param name="at">Where it will apply.</param>
    /// <param name="model">The model it will apply to.</param>
    /// <exception cref="SteeringException">It cannot apply there: no direction for the point, another width, no recorded norm.</exception>
    public abstract CompiledEdit CompileAt(HookPoint at, LoadedModel model);

    /// <summary>Writes the edit's members as plan files hold them; a static Read(PlanMembers) is its counterpart.</summary>
    internal abstract void Write(JsonObject json, IReadOnlyList<HookPoint> at);
}

/// <summary>An edit at one hook point of one model.</summary>
public abstract class CompiledEdit
{
    /// <summary>The numbers that determine the edit, as text: part of the fingerprint that tags caches.</summary>
    public abstract string Identity { get; }

    /// <summary>rows [n, width] → the changed rows, or <paramref name="rows"/> itself where nothing changes. The input is not written to.</summary>
    public abstract Tensor Apply(Tensor rows);
}

/// <summary>Registers an edit under the name that plan files use.</summary>
/// <param name="name">The name, in kebab case.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class EditAttribute(string name) : PlanNameAttribute(name);
