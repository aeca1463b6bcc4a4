using System.Globalization;
using Trimtab.Models;
using Trimtab.Tensors;
using Trimtab.Tensors.Autograd;
using Trimtab.Tensors.Ops;
using Trimtab.Tensors.Optim;
using Trimtab.Training.Prevention;
using Trimtab.Training.Schedules;

namespace Trimtab.Training;

/// <summary>
/// Trains some values of a model, an adapter's or all of them, by AdamW on a stream of texts. A run that is restored from a checkpoint goes on to the same bits as one that was
/// never interrupted: everything a step does follows from its number, the values and the optimiser's state.
/// </summary>
public sealed class Trainer : IDisposable
{
    private readonly LoadedModel _model;
    private readonly IReadOnlyList<Parameter> _parameters;
    private readonly ITextStream _texts;
    private readonly TrainerOptions _options;
    private readonly CompiledPenalty? _penalty;
    private readonly AdamW _optimiser;
    private readonly LossRun _run;

    /// <summary>A run that has made no step.</summary>
    /// <param name="model">The view of the model that holds the trained values: with an adapter, over trained weights; steered where training goes on under a plan.</param>
    /// <param name="parameters">The trained values.</param>
    /// <param name="texts">What it is trained on.</param>
    /// <param name="options">How.</param>
    /// <param name="penalty">What the loss grows by; null for nothing.</param>
    public Trainer(LoadedModel model, IReadOnlyList<Parameter> parameters, ITextStream texts, TrainerOptions options, CompiledPenalty? penalty = null)
    {
        (_model, _parameters, _texts, _options, _penalty) = (model, parameters, texts, options, penalty);
        (_optimiser, _run) = (new AdamW(parameters, options.Optimiser), new LossRun(model));
    }

    /// <summary>How many steps were made.</summary>
    public long StepCount => _optimiser.StepCount;

    /// <summary>Makes the steps that are left, and writes a checkpoint now and then and at the end.</summary>
    /// <param name="checkpoint">Where; null for none. One that is there already is gone on from.</param>
    /// <param name="progress">Told of every step.</param>
    /// <param name="cancellation">Ends the run between two passes. What was done since the last checkpoint is done again by the next run.</param>
    /// <exception cref="TrainingException">The loss is no number any more, or the checkpoint belongs to another run, or to one of more steps.</exception>
    public void Run(Checkpoint? checkpoint = null, IProgress<TrainingStep>? progress = null, CancellationToken cancellation = default)
    {
        _optimiser.StepCount = checkpoint?.Restore(IdentityAfter, State) ?? _optimiser.StepCount;
        if (StepCount > _options.Steps)
            throw new TrainingException($"Training: the checkpoint holds {StepCount} steps, and the run is to have {_options.Steps} — steps cannot be taken back. Ask for at least as many, or give another folder to begin anew.");
        while (StepCount < _options.Steps)
        {
            var step = Step(cancellation);
            progress?.Report(step);
            if (checkpoint is not null && (StepCount % _options.CheckpointEvery == 0 || StepCount == _options.Steps))
                checkpoint.Write(StepCount, IdentityAfter(StepCount), State);
        }
    }

    /// <summary>Makes one step.</summary>
    /// <exception cref="TrainingException">The loss is no number any more.</exception>
    public TrainingStep Step(CancellationToken cancellation = default)
    {
        var texts = _texts.TextsOf(StepCount);
        int tokens = texts.Sum(text => text.Ids.Length), lossTokens = texts.Sum(text => text.LossCount);
        foreach (var parameter in _parameters)
            parameter.ClearGradient();
        double loss = 0, added = 0;
        int pass = 0;
        foreach (var part in LossText.InPasses(texts, _options.PassTokens))
        {
            var penalty = _penalty?.Over(part, 1f / lossTokens, cancellation);
            var partLoss = _run.Loss(part, 1f / lossTokens, penalty is null ? null : [penalty], (StepCount << 20) + pass++, cancellation);
            loss += partLoss.Values[0];
            added += penalty?.Loss!.Values[0] ?? 0;
            (penalty is null ? partLoss : partLoss.Add(penalty.Loss!)).Backward();
        }
        double norm = _options.MaxGradientNorm > 0 ? GradientNorm.Clip(_parameters, _options.MaxGradientNorm) : GradientNorm.Of(_parameters);
        if (!double.IsFinite(loss) || !double.IsFinite(norm))
            throw new TrainingException($"Training: at step {StepCount + 1} the loss is {loss:G4} and the gradients' length {norm:G4}. Lower the learning rate (it is {_options.LearningRate:G4}); the last checkpoint is sound.");
        double rate = _options.LearningRate * _options.Schedule.At(StepCount, _options.Steps);
        _optimiser.Step(rate);
        return new TrainingStep(StepCount, loss, norm, rate, tokens, lossTokens, added);
    }

    /// <summary>The mean cross-entropy, in nats, of texts that are not trained on. No dropout; plans apply as in training.</summary>
    public double Evaluate(IEnumerable<LossText> texts, CancellationToken cancellation = default) => _run.MeanLoss(texts, _options.PassTokens, cancellation);

    /// <summary>Gives the memory of passes back.</summary>
    public void Dispose() => _run.Dispose();

    private IEnumerable<(string Name, Tensor Tensor)> State => _parameters.Select(parameter => (parameter.Name, parameter.Value)).Concat(_optimiser.State);

    // The weights, as the files hold them and as they are computed with, count although frozen ones are in no checkpoint. Of the schedule and the number of steps only the rates of
    // the steps that were made count: a run may be ended sooner or made longer where those stay the same. How often checkpoints are written changes nothing that a step does.
    private string IdentityAfter(long steps) =>
        $"{_model.Fingerprint} {_model.Quantisation?.Type} {AdapterIdentity} {_texts.Fingerprint} {_options with { CheckpointEvery = 1, Steps = 1, Schedule = new ConstantSchedule() }} {_options.Schedule.Identity(steps, _options.Steps)}"
        + (_model.Steering is { } plan ? $" under {plan.Fingerprint}" : "") + (_penalty is null ? "" : $" {_penalty.Identity}");

    // The layers themselves, since several ways of naming targets come to the same ones.
    private string AdapterIdentity => _model.Adapter is { Options: var options, Layers: var layers }
        ? string.Create(CultureInfo.InvariantCulture, $"LoRA rank {options.Rank} alpha {options.Alpha:R} stabilised {options.RankStabilised} dropout {options.Dropout:R} on {string.Join(' ', layers.Keys)}")
        : "all weights";
}
