using Trimtab.Evaluation.Metrics;
using Trimtab.Steering;

namespace Trimtab.Evaluation.Sweeps;

/// <summary>What one way of running a model does to pairs of answers.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Layer">The block after which it steers; null where it does not.</param>
/// <param name="Strength">The strength, in the unit that <paramref name="IsRaw"/> names; 0 for none.</param>
/// <param name="Preferences">For each pair, by how many nats per token its positive answer is likelier than its negative one.</param>
/// <param name="Fluency">0 to 100: 100 · min(1, e^(ℓ₀ − ℓ)) · freshness, with ℓ the unsteered model's loss per token on what the arm writes, ℓ₀ that on what it writes itself, and the share of new rows of three words.</param>
/// <param name="QuestionLoss">The loss per token on the questions themselves, in nats: what the steer costs where the behaviour is not at stake. Null where a prompt stands before them.</param>
/// <param name="Texts">What it wrote.</param>
/// <param name="IsRaw">Whether the strength is a raw coefficient of the vector, and not a fraction of the residual norm.</param>
public sealed record PreferenceArm(string Name, int? Layer, float Strength, IReadOnlyList<double> Preferences, Estimate Fluency, Estimate? QuestionLoss, IReadOnlyList<ArmAnswer> Texts, bool IsRaw = false)
{
    /// <summary>The mean preference.</summary>
    public Estimate Preference => Estimate.OfMean(Preferences);

    /// <summary>What this arm adds to the preference of another, pair by pair: pairs differ far more from each other than arms do.</summary>
    public Estimate Over(PreferenceArm other) => Estimate.OfMean([.. Preferences.Zip(other.Preferences, (here, there) => here - there)]);
}

/// <summary>What a sweep found of one method.</summary>
/// <param name="Method">The method's name.</param>
/// <param name="Vector">The fitted vector.</param>
/// <param name="Grid">Every layer and strength, on the pairs it was chosen by.</param>
/// <param name="Chosen">The one with the largest preference among those that stay fluent; null where none does, and then there are no arms.</param>
/// <param name="Steered">The choice, on other pairs.</param>
/// <param name="Reversed">The choice with the sign turned.</param>
/// <param name="Random">A random direction of the same length at the same layer.</param>
/// <param name="Zero">The choice at strength 0, with the edit in place; its preferences and texts are those of the unsteered model.</param>
public sealed record PreferenceMethod(
    string Method, SteeringVector Vector, IReadOnlyList<PreferenceArm> Grid, PreferenceArm? Chosen, PreferenceArm? Steered, PreferenceArm? Reversed, PreferenceArm? Random, PreferenceArm? Zero)
{
    /// <summary>
    /// Whether the steer does what it is for: pair by pair it adds to the preference of the unsteered model and of a random direction, by intervals above 0, and it stays fluent. The prompt is no control: a vector need not do
    /// more than asking does.
    /// </summary>
    /// <param name="unsteered">The model as it is.</param>
    /// <param name="leastFluency">What counts as fluent.</param>
    public bool IsValidated(PreferenceArm unsteered, double leastFluency) =>
        Steered is not null && Steered.Over(unsteered).Low > 0 && Steered.Over(Random!).Low > 0 && Steered.Fluency.Value >= leastFluency;
}

/// <summary>What a sweep over pairs of answers found.</summary>
/// <param name="FittedPairs">How many pairs the vectors were fitted to.</param>
/// <param name="Unsteered">The model as it is.</param>
/// <param name="Prompted">The model with the prompt before every question, which is no control; null where none was given.</param>
/// <param name="Methods">Each method's grid, choice and arms.</param>
public sealed record PreferenceSweepResult(int FittedPairs, PreferenceArm Unsteered, PreferenceArm? Prompted, IReadOnlyList<PreferenceMethod> Methods)
{
    /// <summary>The arms side by side, measured on the same pairs; those at strength 0 are the unsteered one again and left away.</summary>
    public IReadOnlyList<PreferenceArm> Arms =>
        [Unsteered, .. Prompted is null ? [] : (PreferenceArm[])[Prompted], .. Methods.Where(method => method.Steered is not null).SelectMany(method => (PreferenceArm[])[method.Steered!, method.Reversed!, method.Random!])];
}
