using System.Collections.Immutable;
using Trimtab.Models;
using Trimtab.Models.Hooks;

namespace Trimtab.Steering;

/// <summary>
/// An immutable list of interventions, which people can read, diff and share as a JSON file. One plan drives a generation, an evaluation arm and a
/// training run alike. Compiling it against a model checks everything that can be checked before the first token.
/// </summary>
/// <param name="Interventions">The interventions; those at one hook point apply in this order.</param>
public sealed record SteeringPlan(ImmutableArray<Intervention> Interventions)
{
    /// <summary>The plan of some interventions.</summary>
    public static SteeringPlan Of(params ReadOnlySpan<Intervention> interventions) => new([.. interventions]);

    /// <summary>The plan that changes nothing.</summary>
    public static SteeringPlan None { get; } = new([]);

    /// <summary>Reads a plan file.</summary>
    /// <exception cref="FormatException">The file is not a plan, or a member of it is not understood.</exception>
    public static SteeringPlan Load(string path) => PlanFile.Read(path);

    /// <summary>Writes a plan file. Directions that name their file (<see cref="VectorDirection.File"/>) are referred to by it; the values of others are written into the plan.</summary>
    public void Save(string path) => PlanFile.Write(this, path);

    /// <summary>The plan as <see cref="Save"/> writes it.</summary>
    public string ToJson() => PlanFile.Text(this);

    /// <summary>The plan's edits for one model: an <see cref="IConditionalSteering"/>, where a gate reads the prompt.</summary>
    /// <exception cref="SteeringException">A hook point does not exist, a size does not match, or a vector was made for another model.</exception>
    public ISteering Compile(LoadedModel model)
    {
        PlanEdit[][] edits = [.. Interventions.Select(i => i.At.Select(point => new PlanEdit(i, point, model)).ToArray())];
        return edits.SelectMany(of => of).Any(edit => edit.ReadPoints.Any())
            ? new ConditionalPlan(edits)
            : new CompiledPlan([.. edits.SelectMany(of => of)]);
    }
}
