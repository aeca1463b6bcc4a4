using System.Globalization;
using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Steering;

/// <summary>
/// Adds a direction: x ← x + c · v (ActAdd, Turner et al. 2023; CAA, Rimsky et al. 2024). At strength 0 the rows come back untouched, bit for bit.
/// </summary>
/// <param name="Direction">v.</param>
/// <param name="Strength">c, raw or as a fraction of the residual norm; negative to steer away.</param>
[Edit("add")]
public sealed record Add(Direction Direction, Strength Strength) : Edit
{
    /// <inheritdoc/>
    public override CompiledEdit CompileAt(HookPoint at, LoadedModel model)
    {
        var (direction, coefficient) = Direction.Scaled(Strength, at, model);
        return new Compiled(direction, coefficient);
    }

    internal static Add Read(PlanMembers members)
    {
        var (direction, strength) = DirectionForm.ReadScaled(members);
        return new Add(direction, strength);
    }

    internal override void Write(JsonObject json, IReadOnlyList<HookPoint> at) => DirectionForm.WriteScaled(json, Direction, Strength, at);

    private sealed class Compiled(Tensor direction, float coefficient) : CompiledEdit
    {
        public override string Identity { get; } = string.Create(CultureInfo.InvariantCulture, $"add {Direction.Digest(direction)} {coefficient:R}");

        public override Tensor Apply(Tensor rows) => coefficient == 0 ? rows : rows.AddScaled(direction, coefficient);
    }
}
