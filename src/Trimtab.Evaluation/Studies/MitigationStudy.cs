using System.Numerics.Tensors;
using Trimtab.Evaluation.Sweeps;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Steering;
using Trimtab.Tensors;

namespace Trimtab.Evaluation.Studies;

/// <summary>The strengths at which a trait is held back at inference.</summary>
public sealed record MitigationOptions
{
    /// <summary>c of x ← x − c · v after one block, from the weakest on.</summary>
    public IReadOnlyList<float> Subtracted { get; init; } = [0.5f, 1, 2];

    /// <summary>c of x ← x − c · (v[l] − v[l−1]) after every block.</summary>
    public IReadOnlyList<float> SubtractedEverywhere { get; init; } = [0.5f, 1, 1.5f];

    /// <summary>How much of v, above what its answers had before training, is the most that a row may have; from the weakest on.</summary>
    public IReadOnlyList<float> Capped { get; init; } = [0.5f, 0.25f, 0];
}

/// <summary>A treatment at inference: a plan for each strength.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Strengths">The strengths to try, from the weakest on.</param>
/// <param name="Plan">The plan of a strength.</param>
public sealed record Mitigation(string Name, IReadOnlyList<float> Strengths, Func<float, SteeringPlan> Plan)
{
    /// <summary>The treatment of one model.</summary>
    public Treatment Of(LoadedModel model) => new(Name, Strengths, strength => model.With(Plan(strength)));
}

/// <summary>What was found of one treatment.</summary>
/// <param name="Doses">Its strengths, on the questions that choose.</param>
/// <param name="Judged">The chosen one on the other questions; null where none was chosen.</param>
public sealed record JudgedTreatment(DoseResponse Doses, Arm? Judged);

/// <summary>What was found of a model's mitigation.</summary>
/// <param name="Untreated">The model as it is.</param>
/// <param name="Treatments">Each treatment.</param>
public sealed record MitigationResult(Arm Untreated, IReadOnlyList<JudgedTreatment> Treatments);

/// <summary>
/// Holds back a trait that a model has acquired, while it answers (Chen et al. 2025, arXiv 2507.21509, section 5): its direction subtracted after one block or increment by increment after all, ablated, or
/// capped; trait, coherence and facts over the strengths. Edits act on every row that chooses a token of the answer.
/// </summary>
/// <param name="trial">Measures.</param>
/// <param name="vector">The trait's vector.</param>
/// <param name="at">The output of the block at which single-layer edits act.</param>
/// <param name="options">The strengths.</param>
public sealed class MitigationStudy(TreatmentTrial trial, SteeringVector vector, HookPoint at, MitigationOptions? options = null)
{
    private readonly MitigationOptions _options = options ?? new MitigationOptions();

    /// <summary>The treatments.</summary>
    /// <param name="before">The model before it had the trait: caps are counted from the mean coordinate of its answers.</param>
    /// <param name="answers">Some of its answers.</param>
    /// <param name="cancellation">Ends the reading of these between layers of a pass.</param>
    public IReadOnlyList<Mitigation> Treatments(LoadedModel before, IReadOnlyList<ArmAnswer> answers, CancellationToken cancellation = default)
    {
        float level = Level(before, answers, cancellation), length = vector.Norm(at);
        return
        [
            new(PreventionStudyResult.Subtracted, _options.Subtracted, c => TraitPlans.Add(vector, at, -c, Tokens.AfterPrompt)),
            new(PreventionStudyResult.SubtractedEverywhere, _options.SubtractedEverywhere, c => TraitPlans.AddIncrements(vector, -c, Tokens.AfterPrompt)),
            new("ablated at inference", [1], _ => TraitPlans.Ablate(vector, at, Tokens.AfterPrompt)),
            new("capped at inference", _options.Capped, share => TraitPlans.Cap(vector, at, level + share * length, Tokens.AfterPrompt)),
        ];
    }

    /// <summary>Tries every treatment at every strength, chooses, and judges the choices.</summary>
    /// <param name="before">The model before it had the trait.</param>
    /// <param name="model">The model with it.</param>
    /// <param name="progress">Told what is tried next.</param>
    /// <param name="cancellation">Ends it between layers of a pass.</param>
    public async Task<MitigationResult> Run(LoadedModel before, LoadedModel model, IProgress<string>? progress = null, CancellationToken cancellation = default)
    {
        progress?.Report("untreated");
        var healthy = await trial.Try("before", 0, before, cancellation).ConfigureAwait(false);
        var tried = await trial.Try("untreated", 0, model, cancellation).ConfigureAwait(false);
        var untreated = await trial.Judge("untreated", 0, model, cancellation).ConfigureAwait(false);
        var found = new List<JudgedTreatment>();
        foreach (var mitigation in Treatments(before, healthy.Answers, cancellation))
        {
            progress?.Report(mitigation.Name);
            var doses = await trial.Choose(mitigation.Of(model), tried, cancellation).ConfigureAwait(false);
            var judged = doses.Chosen is { Strength: var strength } ? await trial.Judge(mitigation.Name, strength, model.With(mitigation.Plan(strength)), cancellation).ConfigureAwait(false) : null;
            found.Add(new JudgedTreatment(doses, judged));
        }
        return new MitigationResult(untreated, found);
    }

    // The mean coordinate of healthy answers along the direction.
    private float Level(LoadedModel before, IReadOnlyList<ArmAnswer> answers, CancellationToken cancellation)
    {
        List<EncodedExample> examples = [.. answers.Where(answer => answer.Text.Length > 0).Select(answer => ExampleEncoder.Encode(before, answer.Question, answer.Text, PromptForm.Chat))];
        if (examples.Count == 0)
            throw new InvalidOperationException($"Mitigation: {before.Name} answers nothing before it has the trait, so caps have no level to be counted from. Use a model that answers.");
        var rows = new PooledActivations().Read(before, examples, TokenRule.AnswerMean, [at], null, cancellation)[at];
        return Enumerable.Range(0, rows.RowCount).Average(row => TensorPrimitives.Dot<float>(rows.Row(row), vector[at].Values) / vector.Norm(at));
    }
}
