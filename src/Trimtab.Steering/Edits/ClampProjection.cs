using System.Globalization;
using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Steering;

/// <summary>
/// Keeps the coordinate along a direction within an interval: x ← x + (clamp(p, min, max) − p) · v̂ with p = x · v̂ and v̂ = v/‖v‖. It acts only outside the interval, so
/// it caps a trait without pushing texts that do not show it. Rows within the interval come back untouched, bit for bit.
/// </summary>
[Edit("clamp-projection")]
public sealed record ClampProjection : Edit
{
    /// <summary>A clamp with at least one bound.</summary>
    /// <param name="direction">v; its length has no effect.</param>
    /// <param name="min">The least coordinate, raw or as a fraction of the residual norm; null for no bound.</param>
    /// <param name="max">The largest coordinate, likewise; null for no bound.</param>
    /// <exception cref="ArgumentException">Neither bound is given.</exception>
    public ClampProjection(Direction direction, Strength? min = null, Strength? max = null)
    {
        if (min is null && max is null)
            throw new ArgumentException("ClampProjection: neither min nor max is given, so nothing would be clamped. Give one of them.", nameof(min));
        (Direction, Min, Max) = (direction, min, max);
    }

    /// <summary>v.</summary>
    public Direction Direction { get; }

    /// <summary>The least coordinate; null for none.</summary>
    public Strength? Min { get; }

    /// <summary>The largest coordinate; null for none.</summary>
    public Strength? Max { get; }

    /// <inheritdoc/>
    public override CompiledEdit CompileAt(HookPoint at, LoadedModel model)
    {
        var unit = Direction.Unit(Direction.At(at, model), at);
        float min = Min is { } low ? Direction.Coordinate(low, at) : float.NegativeInfinity, max = Max is { } high ? Direction.Coordinate(high, at) : float.PositiveInfinity;
        return min <= max
            ? new Compiled(unit, min, max)
            : throw new SteeringException(string.Create(CultureInfo.InvariantCulture, $"Clamp: at {at} the interval is {min} … {max}, and nothing lies in it. Give a min that is not above max."));
    }

    internal static ClampProjection Read(PlanMembers members)
    {
        var direction = DirectionForm.Read(members.Object("direction"));
        Strength? min = Bound(members, "min"), max = Bound(members, "max");
        return min is null && max is null ? throw members.Bad("min", "give min, max or both") : new ClampProjection(direction, min, max);
    }

    internal override void Write(JsonObject json, IReadOnlyList<HookPoint> at)
    {
        json["direction"] = DirectionForm.Write(Direction, at);
        if (Min is { } min)
            json["min"] = min.ToString();
        if (Max is { } max)
            json["max"] = max.ToString();
    }

    private static Strength? Bound(PlanMembers members, string name) => members.Has(name) ? members.Parsed(name, members.Scalar(name), Strength.Parse) : null;

    private sealed class Compiled(Tensor unit, float min, float max) : CompiledEdit
    {
        public override string Identity { get; } = string.Create(CultureInfo.InvariantCulture, $"clamp-projection {Direction.Digest(unit)} {min:R} {max:R}");

        public override Tensor Apply(Tensor rows)
        {
            var coordinates = rows.RowDot(unit);
            var changes = coordinates.Clamp(min, max).Add(coordinates.Scale(-1));
            // Adding zero is not quite nothing: it turns −0 into 0. So rows that stay are not touched.
            int[] moved = [.. Enumerable.Range(0, rows.RowCount).Where(row => changes.Values[row] != 0)];
            if (moved.Length == 0)
                return rows;
            var clamped = rows.AddOuter(unit, changes);
            return moved.Length == rows.RowCount ? clamped : rows.ReplaceRows(moved, clamped.TakeRows(moved));
        }
    }
}
