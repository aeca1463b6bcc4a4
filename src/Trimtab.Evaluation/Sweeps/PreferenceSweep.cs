using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Steering;

namespace Trimtab.Evaluation.Sweeps;

/// <summary>
/// Methods, layers and strengths on any model and any pairs of contrasting answers, without a judge: the first half of the pairs fits the vectors, a quarter chooses layer and strength, the last quarter judges the
/// choice beside controls, which are the unsteered model and a random direction; at strength 0 the steered model must do what the unsteered one does. The effect is how much likelier the positive answers become
/// (as Panickssery et al. 2024 measure it, by answer rather than letter), the cost what the model itself finds odd in the steered text.
/// </summary>
public sealed class PreferenceSweep
{
    private const int LeastPairs = 8;

    private readonly LoadedModel _model;
    private readonly PreferenceSweepOptions _options;
    private readonly ContrastSet _fitting;
    private readonly PreferenceMeter _choosing, _judging;

    /// <summary>A sweep.</summary>
    /// <param name="model">The model.</param>
    /// <param name="pairs">The pairs; at least eight.</param>
    /// <param name="options">What is tried.</param>
    /// <exception cref="ArgumentException">There are too few pairs.</exception>
    public PreferenceSweep(LoadedModel model, ContrastSet pairs, PreferenceSweepOptions? options = null)
    {
        int count = pairs.Pairs.Length;
        if (count < LeastPairs)
            throw new ArgumentException($"Sweep: {count} pairs were given — at least {LeastPairs} are needed, half of them to fit, a quarter to choose by, a quarter to judge by.", nameof(pairs));
        (_model, _options, _fitting) = (model, options ?? new PreferenceSweepOptions(), new ContrastSet(pairs.Pairs[..(count / 2)]));
        (_choosing, _judging) = (new(model, pairs.Pairs[(count / 2)..(3 * count / 4)], _options), new(model, pairs.Pairs[(3 * count / 4)..], _options));
    }

    private IEnumerable<int> Layers => _options.Layers.Count > 0 ? _options.Layers : Enumerable.Range(0, _model.LayerCount);

    /// <summary>The most parts that <see cref="Run"/> reports.</summary>
    public int PartCount => 2 + _options.Methods.Count * (1 + Layers.Count() * _options.Strengths.Count + 4);

    /// <summary>Fits, sweeps, chooses and measures.</summary>
    /// <param name="progress">Told how many parts are done.</param>
    /// <param name="cancellation">Ends it between layers of a pass.</param>
    /// <exception cref="InvalidOperationException">A method has no direction at a block that is to be tried, or a steer of strength 0 changes something.</exception>
    public PreferenceSweepResult Run(IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        int done = 0;
        T Done<T>(T part)
        {
            progress?.Report(++done);
            return part;
        }
        var unsteered = Done(_judging.Measure("unsteered", _model, null, 0, null, cancellation));
        var prompted = _options.Prompt is { } prompt ? Done(_judging.Measure("prompt", _model, null, 0, prompt, cancellation)) : null;
        return new PreferenceSweepResult(_fitting.Pairs.Length, unsteered, prompted, [.. _options.Methods.Select(Try)]);

        PreferenceMethod Try(ISteeringMethod method)
        {
            string name = SteeringMethods.NameOf(method);
            var vector = Done(method.Fit(_model, _fitting, null, cancellation));
            List<PreferenceArm> grid = [.. from layer in Layers where vector.Has(HookPoint.ResidPost(layer)) from strength in _options.Strengths select Done(_choosing.Measure("", View(vector, layer, strength), layer, strength.Value, null, cancellation) with { IsRaw = !strength.IsOfNorm })];
            if (grid.Count == 0)
                throw new InvalidOperationException($"Sweep: {name} has no direction at the output of a block that is to be tried. It has {string.Join(", ", vector.HookPoints)}.");
            if (grid.Where(arm => arm.Fluency.Value >= _options.LeastFluency).MaxBy(arm => arm.Preference.Value) is not { Layer: { } at } chosen)
                return new PreferenceMethod(name, vector, grid, null, null, null, null, null);
            PreferenceArm Arm(string arm, SteeringVector direction, float strength) =>
                Done(_judging.Measure(arm, View(direction, at, SweptStrengths.Of(strength, chosen.IsRaw)), at, strength, null, cancellation) with { IsRaw = chosen.IsRaw });
            var zero = RequireSame(unsteered, Arm($"{name} 0", vector, 0));
            return new PreferenceMethod(name, vector, grid, chosen, Arm($"{name} +", vector, chosen.Strength), Arm($"{name} −", vector, -chosen.Strength), Arm("random direction", vector.RandomLike(_options.Seed), chosen.Strength), zero);
        }
    }

    /// <summary>The arm at strength 0, if nothing but its name tells it from the unsteered model.</summary>
    /// <exception cref="InvalidOperationException">It does other things: what the other arms show would not be the direction's doing alone.</exception>
    internal static PreferenceArm RequireSame(PreferenceArm unsteered, PreferenceArm zero) => zero.Preferences.SequenceEqual(unsteered.Preferences) && zero.Texts.SequenceEqual(unsteered.Texts) ? zero
        : throw new InvalidOperationException($"Sweep: at strength 0 the steered model does not do what the unsteered one does — {unsteered.Texts.Zip(zero.Texts).Count(pair => pair.First != pair.Second)} of {unsteered.Texts.Count} texts differ, or preferences do, and none should. Please report it.");

    private LoadedModel View(SteeringVector vector, int layer, Strength strength) => _model.With(vector.At(layer, strength));
}
