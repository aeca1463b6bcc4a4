using Trimtab.Evaluation.Sweeps;
using Trimtab.Models;
using Trimtab.Models.Text;
using Trimtab.Steering;

namespace Trimtab.Evaluation.Personas;

/// <summary>Tries the vector after every block at every strength, and verifies the choice on other questions beside controls. Rows are arms, each written when it is measured.</summary>
internal sealed class SteeringStep(PersonaSetting setting, PersonaRun run)
{
    private readonly PersonaOptions _options = setting.Options;
    private readonly ArmMeter _meter = new(setting.Trait, setting.Coherence, setting.Options.MaxTokens, setting.Options.SeedOf(2));
    private readonly KnownFacts? _facts = setting.World is null ? null : new KnownFacts(setting.World, setting.Options.Facts, setting.Options.MaxTokens);

    // To be raised whenever an arm of the same answers would be another: kept arms are then not used again.
    private const int Revision = 2;

    /// <summary>How many arms are verified: unsteered, the prompt, every strength, and three controls.</summary>
    public static int VerifiedArms(PersonaOptions options) => options.Strengths.Count + 5;

    /// <summary>Every layer and strength, on the questions that choose.</summary>
    public async Task<IReadOnlyList<Arm>> Try(SteeringVector vector)
    {
        var file = run.Open<Arm>("sweep", [.. Shared, .. setting.Choosing, $"{_options.Tries}", .. setting.Layers.Select(layer => $"{layer}"), .. Strengths]);
        var asked = Plain(setting.Choosing, _options.Tries);
        run.Count(file.Rows.Count * asked.Count);
        foreach (var (layer, strength) in setting.Layers.SelectMany(_ => _options.Strengths, (layer, strength) => (layer, strength)).Skip(file.Rows.Count).ToList())
        {
            file.Append(await _meter.Measure(FormattableString.Invariant($"block {layer}"), View(vector, layer, strength), layer, strength, asked, run.Cancellation).ConfigureAwait(false));
            run.Count(asked.Count);
        }
        return file.Rows;
    }

    /// <summary>The arms of the report, on the other questions.</summary>
    public async Task<PersonaVerification> Verify(PersonaVectors vectors, Arm chosen)
    {
        var plan = Plan(vectors, chosen);
        var file = run.Open<Arm>("verification", [.. Shared, .. setting.Judging, $"{_options.Samples}", FormattableString.Invariant($"block {chosen.Layer} {chosen.Strength:R}"), .. Strengths, setting.World is { } world ? $"{world.Seed} {_options.Facts}" : ""]);
        int answers = setting.Judging.Count * _options.Samples + (_facts is null ? 0 : _options.Facts);
        run.Count(file.Rows.Count * answers);
        foreach (var arm in plan.Skip(file.Rows.Count))
        {
            file.Append(await Measure(arm, chosen.Layer!.Value).ConfigureAwait(false));
            run.Count(answers);
        }
        return PersonaVerification.Of([.. file.Rows], chosen.Strength);
    }

    private IEnumerable<string> Shared => [run.Steps["vectors"], setting.Trait.Identity, setting.Coherence.Identity, FormattableString.Invariant($"{_options.MaxTokens} {_options.Seed}, arms {Revision}")];

    private IEnumerable<string> Strengths => _options.Strengths.Select(strength => FormattableString.Invariant($"{strength:R}"));

    private List<PlannedArm> Plan(PersonaVectors vectors, Arm chosen) =>
    [
        new("unsteered"),
        new("prompt", Prompted: true),
        .. _options.Strengths.Select(strength => new PlannedArm(setting.Artefact.Name, vectors.Response, strength)),
        new("reversed", vectors.Response, -chosen.Strength),
        new("random direction", vectors.Response.RandomLike(_options.SeedOf(4)), chosen.Strength),
        new("shuffled labels", vectors.Shuffled, chosen.Strength),
    ];

    private async Task<Arm> Measure(PlannedArm arm, int layer)
    {
        var view = arm.Vector is { } vector ? View(vector, layer, arm.Strength) : setting.Model;
        var asked = arm.Prompted ? Prompted() : Plain(setting.Judging, _options.Samples);
        var measured = await _meter.Measure(arm.Name, view, arm.Vector is null ? null : layer, arm.Strength, asked, run.Cancellation).ConfigureAwait(false);
        return measured with { Capability = _facts?.Told(view, arm.Prompted ? setting.SystemPrompt(0, positive: true) : null, run.Cancellation) };
    }

    private static List<(string Question, Chat Chat)> Plain(IReadOnlyList<string> questions, int times) =>
        [.. Enumerable.Range(0, times).SelectMany(_ => questions).Select(question => (question, Chat.User(question)))];

    // The instructions take turns, for none of them is the prompt.
    private List<(string Question, Chat Chat)> Prompted() =>
        [.. Enumerable.Range(0, _options.Samples).SelectMany(sample => setting.Judging, (sample, question) => (question, setting.Asked(sample % setting.Artefact.Instructions.Length, positive: true, question)))];

    private LoadedModel View(SteeringVector vector, int layer, float strength) => setting.Model.With(vector.At(layer, Strength.OfNorm(strength)));

    private sealed record PlannedArm(string Name, SteeringVector? Vector = null, float Strength = 0, bool Prompted = false);
}
