using Trimtab.Models.Generation;
using Trimtab.Models.Hooks;
using Trimtab.Models.Tests.Hooks;
using Trimtab.Tensors.Ops;
using Trimtab.Testing;

namespace Trimtab.Models.Tests.Invariants;

/// <summary>Short ways to run a golden model and record what passes.</summary>
internal static class Runs
{
    /// <summary>Longer than every window, vector and change of rotary frequencies, as far as the model has positions.</summary>
    public static int[] LongText(LoadedModel model)
    {
        int length = model.Decoder.Positions is null ? 96 : Math.Min(96, model.Config.MaxPositions);
        var random = new Random(11);
        return [.. Enumerable.Range(0, length).Select(_ => random.Next(model.Config.VocabularySize))];
    }

    /// <summary>All hook points but the attention patterns, whose width depends on the pass.</summary>
    public static HookPoint[] FixedWidthPoints(LoadedModel model) => [.. model.HookPoints.Where(p => p.Site != Site.AttnPattern)];

    public static HookPoint[] AllPoints(LoadedModel model) => [.. model.HookPoints];

    /// <summary>One pass over whole sequences with logits of all rows.</summary>
    public static Recording Record(LoadedModel model, IReadOnlyList<Sequence> sequences, IEnumerable<HookPoint>? points = null, HookPoint? stopAfter = null,
        int chunk = 512, Backend? backend = null)
    {
        var recording = new Recording(points ?? FixedWidthPoints(model));
        using var run = new ModelRun(model, sequences, [recording], stopAfter) { ChunkSize = chunk, Backend = backend ?? CpuBackend.Shared };
        run.Forward(LogitRows.All);
        return recording;
    }

    public static (Recording Recording, Sequence Sequence) Record(LoadedModel model, int[] ids, ISteering? steering = null, IEnumerable<HookPoint>? points = null)
    {
        var sequence = new Sequence(ids, steering: steering);
        return (Record(model, [sequence], points), sequence);
    }

    /// <summary>The logits of the last position, from one pass without a cache.</summary>
    public static float[] LastLogits(LoadedModel model, IEnumerable<int> ids, ISteering? steering = null)
    {
        using var run = new ModelRun(model, [new Sequence(ids, steering: steering)]);
        return run.Forward(LogitRows.Last)!.Values.ToArray();
    }

    /// <summary>The logits of every position, from one pass without a cache.</summary>
    public static float[] AllLogits(LoadedModel model, IEnumerable<int> ids, ISteering? steering = null)
    {
        using var run = new ModelRun(model, [new Sequence(ids, steering: steering)]);
        return run.Forward(LogitRows.All)!.Values.ToArray();
    }

    public static KvCache Cache(LoadedModel model) => new(model.LayerCount, capacity: 3);
}
