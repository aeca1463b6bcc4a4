using Trimtab.Evaluation.Sweeps;
using Trimtab.Models;

namespace Trimtab.Evaluation.Studies;

/// <summary>Something that is to lower a trait, at several strengths.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Strengths">The strengths to try, from the weakest on, in a unit of its own.</param>
/// <param name="View">The model as it is under a strength.</param>
public sealed record Treatment(string Name, IReadOnlyList<float> Strengths, Func<float, LoadedModel> View);

/// <summary>What a treatment does at every strength.</summary>
/// <param name="Treatment">The treatment's name.</param>
/// <param name="Curve">An arm for each strength, on the questions that choose.</param>
/// <param name="Chosen">The arm with the least of the trait among those that are coherent and know as much as the untreated model; where none is, the most coherent one. Null where no strength was tried.</param>
/// <param name="Missed">What the chosen arm lacks of that, with the numbers; null where it lacks nothing.</param>
public sealed record DoseResponse(string Treatment, IReadOnlyList<Arm> Curve, Arm? Chosen, string? Missed = null);
