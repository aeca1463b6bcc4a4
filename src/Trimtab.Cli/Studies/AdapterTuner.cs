using System.Globalization;
using Trimtab.Evaluation.Studies;
using Trimtab.Models;
using Trimtab.Models.Adapters;
using Trimtab.Models.Text;
using Trimtab.Steering;
using Trimtab.Training;
using Trimtab.Training.Data;
using Trimtab.Training.Prevention;

namespace Trimtab.Cli.Studies;

/// <summary>
/// The trainer of a study of prevention: an adapter for each data set and way, in a folder of its own. One that is there already is not trained again, and one that was killed goes on.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="vector">The trait's direction, for penalties; null where there are none.</param>
/// <param name="options">How adapters are trained.</param>
/// <param name="folder">Where the adapters are kept.</param>
internal sealed class AdapterTuner(LoadedModel model, LayerVector? vector, FineTuningOptions options, string folder)
{
    /// <summary>Trains, or finds, an adapter; gives the model with it.</summary>
    public LoadedModel Tune(string data, IReadOnlyList<Chat> chats, Prevention prevention, CancellationToken cancellation)
    {
        string path = Path.Combine(folder, data, string.Create(CultureInfo.InvariantCulture, $"{prevention.Name.Replace(",", "", StringComparison.Ordinal).Replace(' ', '-')}-{prevention.Strength:R}"));
        var encoder = ChatEncoder.Of(model);
        var trained = options with { Penalty = prevention.Penalty > 0 ? new ProjectionPenalty(Direction.Of(vector!.Vector), vector.At, prevention.Penalty) : null };
        using var run = new FineTuning(model, new ChatDataset([.. chats.Select(encoder.Encode)], []), trained, prevention.Plan);
        run.RequireFits(TrainingMemory.AvailableBytes);
        run.Run(new Checkpoint(Path.Combine(path, "checkpoint.safetensors")), cancellation: cancellation);
        run.Save(path);
        return model.With(LoraAdapter.Load(path));
    }
}
