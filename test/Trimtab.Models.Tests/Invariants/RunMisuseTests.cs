using Trimtab.Models.Generation;
using Trimtab.Models.Hooks;
using Trimtab.Models.Tests.Hooks;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Models.Tests.Invariants;

/// <summary>A run that cannot do what it was asked for says so instead of doing less.</summary>
public sealed class RunMisuseTests
{
    private static LoadedModel Llama => GoldenModel.Of("llama").Model;

    private static readonly int[] Text = [3, 1, 4, 1, 5];

    public static TheoryData<string> MissingPoints => ["blocks.4.resid_post", "blocks.0.router_logits", "blocks.99.attn_out"];

    [Theory, MemberData(nameof(MissingPoints))]
    public void A_hook_point_that_the_model_lacks_is_refused_wherever_it_is_named(string text)
    {
        var missing = HookPoint.Parse(text);
        Assert.Contains(text, Assert.Throws<SteeringException>(() => new ModelRun(Llama, [new Sequence(Text)], stopAfter: missing)).Message, StringComparison.Ordinal);
        Assert.Contains(text, Assert.Throws<SteeringException>(() => new ModelRun(Llama, [new Sequence(Text)], [new Recording([missing])])).Message, StringComparison.Ordinal);
        var steering = new TestSteering(TestEdit.Disturb(missing));
        Assert.Contains(text, Assert.Throws<SteeringException>(() => new ModelRun(Llama, [new Sequence(Text, steering: steering)])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parallel_blocks_have_no_middle() => Assert.Contains("resid_mid",
        Assert.Throws<SteeringException>(() => new ModelRun(GoldenModel.Of("gpt_neox").Model, [new Sequence(Text)], stopAfter: new HookPoint(Site.ResidMid, 0))).Message, StringComparison.Ordinal);

    [Fact]
    public void An_edit_that_changes_the_shape_is_named()
    {
        foreach (var (apply, shown) in ((Func<Tensor, Tensor>, string)[])
            [(rows => rows.TakeColumns(0, 3), "[5, 3] F32"), (rows => rows.TakeRows([0]), "[1, 64] F32"), (rows => rows.Reshape(new Shape(64, 5)), "[64, 5] F32")])
        {
            var sequence = new Sequence(Text, steering: new TestSteering(new TestEdit(HookPoint.ResidPost(1), "cut", apply)));
            using var run = new ModelRun(Llama, [sequence]);
            string message = Assert.Throws<SteeringException>(() => run.Forward(LogitRows.Last)).Message;
            Assert.Contains("cut at blocks.1.resid_post", message, StringComparison.Ordinal);
            Assert.Contains(shown, message, StringComparison.Ordinal);
            Assert.Contains("[5, 64] F32", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_edit_that_meets_no_token_is_an_error_when_asked()
    {
        var sequence = new Sequence(Text, steering: new TestSteering(TestEdit.Disturb(HookPoint.ResidPost(1), (position, _) => position == 77)));
        using var run = new ModelRun(Llama, [sequence]);
        run.Forward(LogitRows.Last);
        Assert.Contains("disturb at blocks.1.resid_post", Assert.Throws<SteeringException>(sequence.RequireAllFired).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sequences_of_another_run_are_refused()
    {
        using var run = new ModelRun(Llama, [new Sequence(Text)]);
        Assert.Throws<ArgumentException>(() => run.Forward(LogitRows.Last, [new Sequence(Text)]));
        Assert.Throws<ArgumentException>(() => run.Forward(LogitRows.Last, []));
        Assert.Throws<ArgumentException>(() => run.Forward(LogitRows.Last, [run.Sequences[0], run.Sequences[0]]));
    }

    [Fact]
    public void Sequences_do_not_share_caches_or_places()
    {
        using var cache = Runs.Cache(Llama);
        var sequence = new Sequence(Text) { Cache = cache };
        Assert.Throws<ArgumentException>(() => new ModelRun(Llama, [sequence, sequence]));
        Assert.Throws<ArgumentException>(() => new ModelRun(Llama, [sequence, new Sequence(Text) { Cache = cache }]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ModelRun(Llama, [sequence]) { ChunkSize = 0 });
    }

    [Fact]
    public void A_cache_is_continued_where_it_ends_by_the_plan_that_filled_it()
    {
        using var cache = Runs.Cache(Llama);
        using var run = new ModelRun(Llama, [new Sequence(Text) { Cache = cache }]);
        run.Forward(LogitRows.None);
        Assert.Throws<InvalidOperationException>(() => run.Forward(LogitRows.Last));
        using var shorter = new ModelRun(Llama, [new Sequence(Text[..2]) { Cache = cache }]);
        Assert.Throws<InvalidOperationException>(() => shorter.Forward(LogitRows.Last));
        var steered = new Sequence([.. Text, 9], steering: new TestSteering(TestEdit.Disturb(HookPoint.Embed))) { Cache = cache };
        using var other = new ModelRun(Llama, [steered]);
        Assert.Contains("another plan", Assert.Throws<InvalidOperationException>(() => other.Forward(LogitRows.Last)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => cache.Truncate(6));
        Assert.Throws<ArgumentOutOfRangeException>(() => cache.Truncate(-1));
    }

    [Fact]
    public void A_truncated_cache_goes_on_from_there()
    {
        using var cache = Runs.Cache(Llama);
        using (var run = new ModelRun(Llama, [new Sequence([3, 1, 4, 200, 201, 202]) { Cache = cache }]))
            run.Forward(LogitRows.None);
        cache.Truncate(3);
        using var again = new ModelRun(Llama, [new Sequence(Text) { Cache = cache }]);
        Near.Identical(Runs.LastLogits(Llama, Text), again.Forward(LogitRows.Last)!.Values, "logits after a truncation");
    }

    [Fact]
    public void A_cache_for_another_number_of_layers_is_refused()
    {
        using var cache = new KvCache(3);
        using var run = new ModelRun(Llama, [new Sequence(Text) { Cache = cache }]);
        Assert.Contains("3 layers", Assert.Throws<InvalidOperationException>(() => run.Forward(LogitRows.Last)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tokens_outside_the_vocabulary_and_texts_beyond_learned_positions_are_refused()
    {
        using var unknown = new ModelRun(Llama, [new Sequence([1, 331])]);
        Assert.Contains("331", Assert.Throws<TensorException>(() => unknown.Forward(LogitRows.Last)).Message, StringComparison.Ordinal);
        var gpt2 = GoldenModel.Of("gpt2").Model;
        using var tooLong = new ModelRun(gpt2, [new Sequence(Enumerable.Repeat(1, 65))]);
        Assert.Contains("65 tokens", Assert.Throws<ModelFormatException>(() => tooLong.Forward(LogitRows.Last)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_default_hook_point_is_the_embedding()
    {
        Assert.Equal(HookPoint.Embed, default);
        var (recording, sequence) = Runs.Record(Llama, Text, points: [default, HookPoint.FinalNorm]);
        Assert.Equal([HookPoint.Embed, HookPoint.FinalNorm], recording.Visits);
    }

    [Fact]
    public void A_disposed_model_says_so()
    {
        var model = ModelLoader.Load(GoldenModel.Of("llama").Folder);
        model.Dispose();
        using var run = new ModelRun(model, [new Sequence(Text)]);
        Assert.Contains("disposed", Assert.Throws<TensorException>(() => run.Forward(LogitRows.Last)).Message, StringComparison.Ordinal);
    }
}
