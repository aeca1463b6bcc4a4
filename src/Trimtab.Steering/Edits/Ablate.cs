using System.Globalization;
using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Steering;

/// <summary>
/// Removes a direction: x ← x − s · (x · v̂) v̂ with v̂ = v/‖v‖ (Arditi et al. 2024, eq. 4). At share 1 nothing of it is left; at 0 the rows come back
/// untouched, bit for bit; the direction's length has no effect.
/// </summary>
/// <param name="Direction">v.</param>
/// <param name="Share">s, how much is removed, 0 … 1.</param>
[Edit("ablate")]
public sealed record Ablate(Direction Direction, float Share = 1) : Edit
{
    /// <summary>s, how much is removed, 0 … 1.</summary>
    public float Share { get; init; } = Share is >= 0 and <= 1
        ? Share
        : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Ablate: the share is {Share} — it must be 0 … 1."), nameof(Share));

    /// <inheritdoc/>
    public override CompiledEdit CompileAt(HookPoint at, LoadedModel model) => new Compiled(Direction.Unit(Direction.At(at, model), at), Share);

    internal static Ablate Read(PlanMembers members) =>
        new(DirectionForm.Read(members.Object("direction")), members.Has("share") ? members.Share("share") : 1);

    internal override void Write(JsonObject json, IReadOnlyList<HookPoint> at)
    {
        json["direction"] = DirectionForm.Write(Direction, at);
        json["share"] = Share;
    }

    private sealed class Compiled(Tensor unit, float share) : CompiledEdit
    {
        public override string Identity { get; } = string.Create(CultureInfo.InvariantCulture, $"ablate {Direction.Digest(unit)} {share:R}");

        public override Tensor Apply(Tensor rows) => share == 0 ? rows : rows.AddOuter(unit, rows.RowDot(unit).Scale(-share));
    }
}
