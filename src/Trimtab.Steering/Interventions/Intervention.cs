using System.Collections.Immutable;
using Trimtab.Models;
using Trimtab.Models.Hooks;

namespace Trimtab.Steering;

/// <summary>One change to a model's inside: where × which tokens × what, and on request when.</summary>
/// <param name="At">The hook points; the edit applies at each.</param>
/// <param name="Tokens">The tokens whose rows are changed; all others stay bit-identical.</param>
/// <param name="Edit">What becomes of the rows.</param>
public sealed record Intervention(ImmutableArray<HookPoint> At, Tokens Tokens, Edit Edit)
{
    /// <summary>When it applies; null for always. In plan files the member "if".</summary>
    public Gate? Gate { get; init; }

    /// <summary>An intervention on all tokens.</summary>
    public Intervention(HookPoint at, Edit edit) : this([at], Tokens.All, edit) { }
}

/// <summary>The short ways to write the common interventions.</summary>
public static class Interventions
{
    /// <summary>Adds the vector's direction at the output of block <paramref name="layer"/>, on all tokens or those given.</summary>
    public static Intervention At(this SteeringVector vector, int layer, Strength strength, Tokens? tokens = null) =>
        new([HookPoint.ResidPost(layer)], tokens ?? Tokens.All, new Add(Direction.Of(vector), strength));

    /// <summary>The model, steered by some interventions: a cheap view over the same weights.</summary>
    /// <exception cref="SteeringException">An intervention cannot apply to this model.</exception>
    public static LoadedModel With(this LoadedModel model, params ReadOnlySpan<Intervention> interventions) => model.With(SteeringPlan.Of(interventions));

    /// <summary>The model, steered by a plan: a cheap view over the same weights.</summary>
    /// <exception cref="SteeringException">An intervention cannot apply to this model.</exception>
    public static LoadedModel With(this LoadedModel model, SteeringPlan plan) => model.With(plan.Compile(model));
}
