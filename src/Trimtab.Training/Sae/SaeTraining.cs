using System.Globalization;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Training.Schedules;

namespace Trimtab.Training.Sae;

/// <summary>Trains several sparse autoencoders on one stream of activations, each at its own hook point. A run that was killed goes on from its checkpoint to the same bits.</summary>
/// <param name="store">The activations.</param>
/// <param name="options">How all of them are trained; the numbers of their steps are equal.</param>
/// <param name="trained">The hook point and the kind of each.</param>
public sealed class SaeTraining(ActivationStore store, SaeTrainerOptions options, IReadOnlyList<(HookPoint At, SaeRecipe Recipe)> trained) : IDisposable
{
    private readonly IReadOnlyList<(HookPoint At, SaeTrainer Trainer)> _trainers =
        [.. trained.Select(sae => (sae.At, new SaeTrainer(sae.Recipe, options, store.WidthAt(sae.At))))];

    /// <summary>The autoencoders and where each reads.</summary>
    public IReadOnlyList<(HookPoint At, SaeTrainer Trainer)> Trainers => _trainers;

    /// <summary>How many steps were made.</summary>
    public long StepCount => _trainers[0].Trainer.StepCount;

    /// <summary>Makes the steps that are left.</summary>
    /// <param name="checkpoint">Where checkpoints go; null for none. One that is there already is gone on from.</param>
    /// <param name="checkpointEvery">After how many steps one is written; one is written at the end as well.</param>
    /// <param name="progress">Told of every step of every autoencoder.</param>
    /// <param name="cancellation">Ends the run between two steps.</param>
    /// <exception cref="TrainingException">A loss is no number any more, or the checkpoint belongs to another run.</exception>
    public void Run(Checkpoint? checkpoint = null, long checkpointEvery = 500, IProgress<(HookPoint At, SaeStep Step)>? progress = null, CancellationToken cancellation = default)
    {
        long done = checkpoint?.Restore(IdentityAfter, State) ?? StepCount;
        foreach (var (_, trainer) in _trainers)
            trainer.StepCount = done;
        while (StepCount < options.Steps)
        {
            long batch = StepCount;
            foreach (var (at, trainer) in _trainers)
            {
                cancellation.ThrowIfCancellationRequested();
                var step = trainer.Step(store.Batch(batch, at, cancellation));
                progress?.Report((at, step));
            }
            if (checkpoint is not null && (StepCount % checkpointEvery == 0 || StepCount == options.Steps))
                checkpoint.Write(StepCount, IdentityAfter(StepCount), State);
        }
    }

    /// <summary>Gives the memory of steps back.</summary>
    public void Dispose()
    {
        foreach (var (_, trainer) in _trainers)
            trainer.Dispose();
    }

    private IEnumerable<(string Name, Tensor Tensor)> State =>
        _trainers.Index().SelectMany(sae => sae.Item.Trainer.State.Select(value => (string.Create(CultureInfo.InvariantCulture, $"{sae.Index}.{value.Name}"), value.Tensor)));

    private string IdentityAfter(long steps) =>
        $"{store.Fingerprint} {options with { Steps = 1, Schedule = new ConstantSchedule() }} {string.Join(' ', trained.Select(sae => $"{sae.At} {sae.Recipe.Identity}"))} {options.Schedule.Identity(steps, options.Steps)}";
}
