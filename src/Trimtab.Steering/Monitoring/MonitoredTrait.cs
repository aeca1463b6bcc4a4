using Trimtab.Models;
using Trimtab.Models.Hooks;

namespace Trimtab.Steering.Monitoring;

/// <summary>A trait that is read: its direction v at one hook point. A reading is the coordinate h · v/‖v‖ of a row h along it (Chen et al. 2025, section 3.3).</summary>
/// <param name="Name">What readings and rules call it.</param>
/// <param name="Direction">v; its length has no effect.</param>
/// <param name="At">Where rows are read.</param>
public sealed record MonitoredTrait(string Name, Direction Direction, HookPoint At)
{
    /// <summary>A vector's direction at the output of block <paramref name="layer"/>.</summary>
    public static MonitoredTrait Of(string name, SteeringVector vector, int layer) => new(name, Direction.Of(vector), HookPoint.ResidPost(layer));

    /// <summary>v/‖v‖, [D].</summary>
    /// <exception cref="SteeringException">The direction is zero, of another size, or made for another model.</exception>
    internal float[] Unit(LoadedModel model) => Direction.Unit(Direction.At(At, model), At).Values.ToArray();

    /// <summary>The same direction for another hook point of the same width.</summary>
    internal Direction Elsewhere => Direction is VectorDirection { From: null } vector ? vector with { From = At } : Direction;

    /// <summary>Identifies v/‖v‖ by its values.</summary>
    internal string Digest(LoadedModel model) => Direction.Digest(Tensor.From(Unit(model)));

    /// <summary>Throws where a trait has no name, or two share one.</summary>
    internal static void RequireNames(IReadOnlyList<MonitoredTrait> traits)
    {
        if (traits.Count == 0)
            throw new ArgumentException("Monitor: there is nothing to read. Give at least one trait.", nameof(traits));
        if (traits.CountBy(trait => trait.Name).FirstOrDefault(pair => pair.Value > 1 || pair.Key.Length == 0) is { Value: > 0 } wrong)
            throw new ArgumentException($"Monitor: {wrong.Value} traits are called '{wrong.Key}'. Give each a name of its own.", nameof(traits));
    }
}
