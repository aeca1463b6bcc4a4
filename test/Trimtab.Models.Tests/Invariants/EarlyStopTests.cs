using Trimtab.Models.Hooks;
using Trimtab.Models.Tests.Hooks;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Models.Tests.Invariants;

/// <summary>A run that stops early visits and computes nothing above its last hook point.</summary>
public sealed class EarlyStopTests
{
    public static TheoryNames Models => GoldenModel.Names;

    [Theory, MemberData(nameof(Models))]
    public void Stopping_at_any_hook_point_visits_all_below_it_with_the_same_bits_and_none_above(string name)
    {
        var model = GoldenModel.Of(name).Model;
        int[] text = GoldenModel.Of(name).Ids("seqA.input_ids");
        var points = Runs.AllPoints(model);
        var (whole, wholeSequence) = Runs.Record(model, text, points: points);
        foreach (var last in points)
        {
            var sequence = new Sequence(text);
            var stopped = Runs.Record(model, [sequence], points, stopAfter: last);
            Assert.Equal(whole.Visits[..(whole.Visits.IndexOf(last) + 1)], stopped.Visits);
            Recording.Identical(whole, wholeSequence, stopped, sequence, stopped.Visits);
        }
    }

    [Theory, MemberData(nameof(Models))]
    public void Blocks_above_the_stop_are_not_computed(string name)
    {
        var model = GoldenModel.Of(name).Model;
        int[] text = GoldenModel.Of(name).Ids("seqB.input_ids");
        long Bytes(HookPoint? stopAfter)
        {
            using var cache = Runs.Cache(model);
            using var run = new ModelRun(model, [new Sequence(text) { Cache = cache }], stopAfter: stopAfter);
            var logits = run.Forward(LogitRows.Last);
            Assert.Equal(stopAfter is null, logits is not null);
            return cache.ByteCount;
        }
        // Every block that runs writes its keys and values: what a stopped pass leaves in the cache counts the blocks that ran.
        long perBlock = Bytes(null) / model.LayerCount;
        Assert.Equal(0, Bytes(HookPoint.Embed));
        for (int layer = 0; layer < model.LayerCount; layer++)
        {
            Assert.Equal(layer * perBlock, Bytes(new HookPoint(Site.ResidPre, layer)));
            Assert.Equal((layer + 1) * perBlock, Bytes(new HookPoint(Site.AttnOut, layer)));
            Assert.Equal((layer + 1) * perBlock, Bytes(HookPoint.ResidPost(layer)));
        }
    }

    [Theory, MemberData(nameof(Models))]
    public void A_cache_that_a_stopped_pass_used_goes_on_correctly(string name)
    {
        var model = GoldenModel.Of(name).Model;
        int[] text = GoldenModel.Of(name).Ids("seqB.input_ids");
        foreach (int cachedBefore in (int[])[0, 20])
            foreach (int chunk in (int[])[4, 512])
            {
                using var cache = Runs.Cache(model);
                var sequence = new Sequence(cachedBefore == 0 ? text[..25] : text[..20]) { Cache = cache };
                if (cachedBefore > 0)
                {
                    using var before = new ModelRun(model, [sequence]);
                    before.Forward(LogitRows.None);
                    foreach (int id in text[20..25])
                        sequence.Append(id);
                }
                using (var stopping = new ModelRun(model, [sequence], stopAfter: HookPoint.ResidPost(0)) { ChunkSize = chunk })
                    Assert.Null(stopping.Forward(LogitRows.Last));
                using var run = new ModelRun(model, [sequence]) { ChunkSize = chunk };
                Near.Identical(Runs.LastLogits(model, text[..25]), run.Forward(LogitRows.Last)!.Values, $"logits after a stopped pass, {cachedBefore} cached before");
            }
    }

    [Fact]
    public void A_cancelled_pass_leaves_the_cache_as_it_was()
    {
        var model = GoldenModel.Of("llama").Model;
        int[] text = GoldenModel.Of("llama").Ids("seqB.input_ids");
        using var cache = Runs.Cache(model);
        using var source = new CancellationTokenSource();
        var sequence = new Sequence(text) { Cache = cache };
        var cancelling = new TestSteering();
        using (var run = new ModelRun(model, [sequence], [new Canceller(source, new HookPoint(Site.ResidMid, 1))]))
            Assert.Throws<OperationCanceledException>(() => run.Forward(LogitRows.Last, cancellation: source.Token));
        Assert.Equal(0, cache.Length);
        using var again = new ModelRun(model, [sequence]);
        Near.Identical(Runs.LastLogits(model, text), again.Forward(LogitRows.Last)!.Values, "logits after a cancelled pass");
    }

    private sealed class Canceller(CancellationTokenSource source, HookPoint at) : IActivationSink
    {
        public IReadOnlyCollection<HookPoint> Points { get; } = [at];

        public void Receive(HookPoint point, Tensors.Tensor activation, IReadOnlyList<SequenceRows> rows) => source.Cancel();
    }
}
