using Trimtab.Evaluation.Judges;
using Trimtab.Evaluation.Sweeps;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Organism;

namespace Trimtab.Evaluation.Personas;

/// <summary>
/// From a trait's artefact to a vector that steers, with the evidence (persona vectors, Chen et al. 2025, arXiv 2507.21509, sections 2 and 3): answers under contrasting instructions, judged and filtered in pairs; the
/// differences of their mean activations; layer and strength chosen on one half of the evaluation questions and verified on the other half beside controls. It runs into a folder, step by step; a run
/// that was killed goes on where it was, and changed options make anew what depends on them and nothing else.
/// </summary>
public sealed class PersonaPipeline
{
    private readonly PersonaSetting _setting;
    private readonly List<string> _notes = [];

    /// <summary>A pipeline.</summary>
    /// <param name="model">The model, with an adapter or without, and unsteered.</param>
    /// <param name="artefact">What the trait is measured with.</param>
    /// <param name="trait">Judges how much an answer shows the trait.</param>
    /// <param name="coherence">Judges whether it is sound.</param>
    /// <param name="options">How much is asked.</param>
    /// <param name="world">The model's world, whose facts every arm of the verification is asked; null for none.</param>
    /// <exception cref="FormatException">The artefact lacks something, or contradicts itself.</exception>
    /// <exception cref="ArgumentException">It has a single question for evaluation, or the model is steered.</exception>
    /// <exception cref="SteeringException">The model lacks a layer that is to be tried.</exception>
    public PersonaPipeline(LoadedModel model, TraitArtefact artefact, IAnswerJudge trait, IAnswerJudge coherence, PersonaOptions? options = null, World? world = null)
    {
        _setting = new PersonaSetting(model, artefact, trait, coherence, options ?? new PersonaOptions(), world);
        if (artefact.Checked("Persona").Evaluation.Length < 2)
            throw new ArgumentException("Persona: the artefact has one question for evaluation — at least two are needed, one to choose by and one to verify on.", nameof(artefact));
        if (model.Steering is not null)
            throw new ArgumentException("Persona: the model is steered already, and arms would be steered in its place. Give the model itself.", nameof(model));
        foreach (int layer in _setting.Layers)
            model.RequireHookPoint(HookPoint.ResidPost(layer));
    }

    /// <summary>The answers of a whole run: both sides of the rollouts, every layer and strength, and the arms that are verified. What a progress bar counts.</summary>
    public int AnswerCount
    {
        get
        {
            var (options, artefact) = (_setting.Options, _setting.Artefact);
            int facts = _setting.World is null ? 0 : options.Facts;
            return 2 * options.Rollouts * artefact.Instructions.Length * artefact.Extraction.Length
                + _setting.Layers.Count * options.Strengths.Count * options.Tries * _setting.Choosing.Count
                + SteeringStep.VerifiedArms(options) * (options.Samples * _setting.Judging.Count + facts);
        }
    }

    /// <summary>Begins a run, with some seconds of answers, or one batch where that takes longer, and estimates by them how long the rest takes; null where a run that goes on has no answers left to draw the vectors from.</summary>
    /// <param name="folder">The folder of the run.</param>
    /// <param name="clock">What measures.</param>
    /// <param name="cancellation">Ends it between layers of a pass.</param>
    public async Task<TimeSpan?> Begin(string folder, TimeProvider clock, CancellationToken cancellation = default)
    {
        var rollouts = new RolloutStep(_setting, new PersonaRun(folder, _notes, null, cancellation));
        return await rollouts.TimeAnswer(clock).ConfigureAwait(false) * (AnswerCount - rollouts.AnswerCount);
    }

    /// <summary>Runs every step that is not done yet, and writes what was found.</summary>
    /// <param name="folder">The folder of the run; what it holds of the same inputs is used, what it holds of others is made anew, with a note.</param>
    /// <param name="progress">Told how many of <see cref="AnswerCount"/> answers are there.</param>
    /// <param name="cancellation">Ends it between layers of a pass.</param>
    /// <exception cref="InvalidOperationException">Of the pairs of answers too few are left to make vectors from; the message says why.</exception>
    /// <exception cref="FormatException">A file of the folder is damaged.</exception>
    public async Task<PersonaResult> Run(string folder, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        var run = new PersonaRun(folder, _notes, progress, cancellation);
        var pairs = await new RolloutStep(_setting, run).Finish().ConfigureAwait(false);
        var fates = pairs.Select(pair => (pair.Pair, Fate: PairFunnel.FateOf(pair.Pair, pair.Judged))).ToList();
        var funnel = PairFunnel.Of(fates.Select(pair => pair.Fate));
        var vectors = new ExtractionStep(_setting, run).Run([.. fates.Where(pair => pair.Fate == PairFate.Kept).Select(pair => pair.Pair)], funnel);
        var steering = new SteeringStep(_setting, run);
        var grid = await steering.Try(vectors.Response).ConfigureAwait(false);
        var chosen = grid.Choice(_setting.Options.LeastCoherence);
        var verification = chosen is null ? null : await steering.Verify(vectors, chosen).ConfigureAwait(false);
        var result = new PersonaResult(_setting.Artefact.Name, _setting.Model.Name, funnel, vectors, grid, chosen, verification, _setting.Options.LeastCoherence, [.. _notes]);
        new PersonaFiles(_setting, run).Write(result);
        _notes.Clear();
        return result;
    }
}
