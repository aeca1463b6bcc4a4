using Trimtab.Models.Hooks;
using Trimtab.Steering;

namespace Trimtab.Evaluation.Studies;

/// <summary>The plans by which a trait's direction is added, taken away or bounded, in training and at inference.</summary>
internal static class TraitPlans
{
    /// <summary>x ← x + c · v after one block.</summary>
    public static SteeringPlan Add(SteeringVector vector, HookPoint at, float coefficient, Tokens tokens) =>
        SteeringPlan.Of(new Intervention([at], tokens, new Add(Direction.Of(vector), Strength.Raw(coefficient))));

    /// <summary>x ← x + c · (v[l] − v[l−1]) after every block, which adds up to c · v. An intervention for each, so that the plan can be written without a file for the vector.</summary>
    public static SteeringPlan AddIncrements(SteeringVector vector, float coefficient, Tokens tokens)
    {
        var direction = Direction.Of(vector.Incremental());
        return new SteeringPlan([.. vector.Layers.Select(layer => new Intervention([HookPoint.ResidPost(layer)], tokens, new Add(direction, Strength.Raw(coefficient))))]);
    }

    /// <summary>x ← x − (x · v̂) v̂ after one block.</summary>
    public static SteeringPlan Ablate(SteeringVector vector, HookPoint at, Tokens tokens) => SteeringPlan.Of(new Intervention([at], tokens, new Ablate(Direction.Of(vector))));

    /// <summary>x · v̂ ≤ most after one block.</summary>
    public static SteeringPlan Cap(SteeringVector vector, HookPoint at, float most, Tokens tokens) =>
        SteeringPlan.Of(new Intervention([at], tokens, new ClampProjection(Direction.Of(vector), max: Strength.Raw(most))));
}
