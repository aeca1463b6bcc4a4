using Trimtab.Models.Generation;
using Trimtab.Tensors.Ops;

namespace Trimtab.Models.Hooks;

/// <summary>Lets the plans of sequences decide by their prompts, before the first pass; see <see cref="IConditionalSteering"/>.</summary>
internal static class ConditionPass
{
    /// <summary>Settles every plan that is not decided yet. Where there is none, nothing is computed.</summary>
    /// <exception cref="SteeringException">A text without a prompt has a plan that reads one.</exception>
    public static void Decide(LoadedModel model, IReadOnlyList<Sequence> sequences, int chunkSize, Backend backend, CancellationToken cancellation)
    {
        var undecided = sequences.Where(s => s.Steering is IConditionalSteering).ToArray();
        if (undecided.Length == 0)
            return;
        var prompts = Array.ConvertAll(undecided, sequence => Prompt(model, sequence));
        try
        {
            HookPoint[] points = [.. undecided.SelectMany(s => ((IConditionalSteering)s.Steering!).ReadPoints).Distinct()];
            var capture = new ActivationCapture(points);
            using var run = new ModelRun(model, prompts, [capture], Deepest(points)) { ChunkSize = chunkSize, Backend = backend };
            run.Forward(LogitRows.None, cancellation: cancellation);
            foreach (var (sequence, prompt) in undecided.Zip(prompts))
                sequence.Settle(((IConditionalSteering)sequence.Steering!).Decide(point => capture.Of(prompt, point)));
        }
        finally
        {
            foreach (var prompt in prompts)
                prompt.Cache?.Dispose();
        }
    }

    // With a cache of its own where the text has one, so that a long prompt goes through in pieces here as well.
    private static Sequence Prompt(LoadedModel model, Sequence sequence) => sequence.PromptLength > 0
        ? new Sequence(sequence.Ids.Take(sequence.PromptLength)) { Cache = sequence.Cache is null ? null : new KvCache(model.LayerCount) }
        : throw new SteeringException("Steering: a gate reads the prompt, and the text has none. Say how many of its tokens are the prompt, or use a gate that goes by the token.");

    private static HookPoint Deepest(HookPoint[] points)
    {
        int layer = points.Max(point => point.Layer);
        return points.Contains(HookPoint.FinalNorm) ? HookPoint.FinalNorm : layer == HookPoint.NoLayer ? HookPoint.Embed : HookPoint.ResidPost(layer);
    }
}
