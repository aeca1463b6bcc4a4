using System.Globalization;
using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Steering;

/// <summary>
/// Opens as far as a token lies along a direction: g = σ((x · v̂ − t) / s) of each row, with the threshold t where g is one half, and the temperature s over which it goes
/// from closed to open. The row is read at the hook point of the edit, before the edit. Gradients pass through it.
/// </summary>
/// <param name="Direction">v; its length has no effect.</param>
/// <param name="Threshold">t, raw or as a fraction of the residual norm.</param>
/// <param name="Temperature">s, above 0, likewise.</param>
[Gate("soft")]
public sealed record SoftGate(Direction Direction, Strength Threshold, Strength Temperature) : Gate
{
    /// <summary>s.</summary>
    public Strength Temperature { get; init; } = Temperature.Value > 0
        ? Temperature
        : throw new ArgumentException($"Gate: the temperature is {Temperature} — it must be above 0. For a hard threshold use a probe.", nameof(Temperature));

    /// <inheritdoc/>
    public override CompiledGate CompileAt(HookPoint at, LoadedModel model) =>
        new Compiled(Direction.Unit(Direction.At(at, model), at), Direction.Coordinate(Threshold, at), Direction.Coordinate(Temperature, at));

    internal static SoftGate Read(PlanMembers members)
    {
        var direction = DirectionForm.Read(members.Object("direction"));
        var threshold = members.Parsed("threshold", members.Scalar("threshold"), Strength.Parse);
        return members.Parsed("temperature", members.Scalar("temperature"), text => new SoftGate(direction, threshold, Strength.Parse(text)));
    }

    internal override void Write(JsonObject json, IReadOnlyList<HookPoint> at)
    {
        json["direction"] = DirectionForm.Write(Direction, at);
        json["threshold"] = Threshold.ToString();
        json["temperature"] = Temperature.ToString();
    }

    private sealed class Compiled(Tensor unit, float threshold, float temperature) : CompiledGate
    {
        public override string Identity { get; } = string.Create(CultureInfo.InvariantCulture, $"soft {Direction.Digest(unit)} {threshold:R} {temperature:R}");

        public override Tensor Factors(Tensor rows) => rows.RowDot(unit).Add(-threshold).Scale(1 / temperature).Activate(Activation.Sigmoid);
    }
}
