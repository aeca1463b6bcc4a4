using Trimtab.Models.Hooks;
using Trimtab.Models.Layers;
using Trimtab.Models.Tests.Hooks;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;
using Trimtab.Testing;
using Xunit;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Trimtab.Models.Tests.Invariants;

/// <summary>What an edit changes, and what it must not change, at every hook point of every architecture.</summary>
public sealed class EditTests
{
    public static TheoryNames Models => GoldenModel.Names;

    [Theory, MemberData(nameof(Models))]
    public void Edits_that_change_nothing_give_the_bits_of_no_plan(string name)
    {
        var model = GoldenModel.Of(name).Model;
        int[] text = GoldenModel.Of(name).Ids("seqB.input_ids");
        var plain = Runs.AllLogits(model, text);
        foreach (var (kind, apply) in ((string, Func<Tensor, Tensor>)[])
            [("the input", rows => rows), ("a copy", rows => rows.Copy()), ("a copy outside the workspace", rows => rows.Keep())])
        {
            var everywhere = new TestSteering([.. model.HookPoints.Select(p => new TestEdit(p, kind, apply))]);
            var onSome = new TestSteering([.. model.HookPoints.Select(p => new TestEdit(p, kind, apply, (position, _) => position % 3 == 1))]);
            Near.Identical(plain, Runs.AllLogits(model, text, everywhere), $"{kind}, everywhere");
            Near.Identical(plain, Runs.AllLogits(model, text, onSome), $"{kind}, on some rows");
        }
    }

    [Theory, MemberData(nameof(Models))]
    public void An_edit_changes_the_output_and_nothing_before_it(string name)
    {
        var model = GoldenModel.Of(name).Model;
        int[] text = GoldenModel.Of(name).Ids("seqA.input_ids");
        var points = Runs.AllPoints(model);
        var (plain, plainSequence) = Runs.Record(model, text, points: points);
        foreach (var edited in points)
        {
            var (steered, sequence) = Runs.Record(model, text, new TestSteering(TestEdit.Disturb(edited)), points);
            sequence.RequireAllFired();
            Recording.Identical(plain, plainSequence, steered, sequence, plain.Visits.TakeWhile(p => p != edited));
            Recording.Different(plain.All(edited, plainSequence), steered.All(edited, sequence), $"{edited} itself");
            Recording.Different(plain.All(HookPoint.Logits, plainSequence), steered.All(HookPoint.Logits, sequence), $"the logits under an edit at {edited}");
        }
    }

    [Theory, MemberData(nameof(Models))]
    public void Rows_that_are_not_selected_keep_their_bits(string name)
    {
        var model = GoldenModel.Of(name).Model;
        int[] text = GoldenModel.Of(name).Ids("seqB.input_ids");
        var points = Runs.AllPoints(model);
        var (plain, plainSequence) = Runs.Record(model, text, points: points);
        foreach (var edited in points)
        {
            static bool Selected(int position) => position is 9 or 12 or 20;
            var (steered, sequence) = Runs.Record(model, text, new TestSteering(TestEdit.Disturb(edited, (position, _) => Selected(position))), points);
            Recording.Identical(plain, plainSequence, steered, sequence, [edited], position => !Selected(position));
            foreach (int position in (int[])[9, 12, 20])
                Recording.Different(plain.Row(edited, plainSequence, position), steered.Row(edited, sequence, position), $"{edited}, position {position}");
            // Nothing flows backwards: rows before the first selected one keep their bits everywhere.
            Recording.Identical(plain, plainSequence, steered, sequence, points, position => position < 9);
        }
    }

    [Theory, MemberData(nameof(Models))]
    public void Edits_see_absolute_positions_and_the_prompt_in_chunks_and_cached_steps(string name)
    {
        var model = GoldenModel.Of(name).Model;
        int[] text = GoldenModel.Of(name).Ids("seqB.input_ids");
        var steering = new TestSteering([.. model.HookPoints.Where(p => p.Site != Site.AttnPattern).Select(p => TestEdit.Disturb(p, (position, prompt) => position >= prompt || position % 4 == 0))]);
        var whole = new Sequence(text, promptLength: 20, steering);
        var expected = Runs.Record(model, [whole]);
        using var cache = Runs.Cache(model);
        var chunked = new Sequence(text, promptLength: 20, steering) { Cache = cache };
        Recording.Identical(expected, whole, Runs.Record(model, [chunked], chunk: 3), chunked, Runs.FixedWidthPoints(model));
    }

    [Theory, MemberData(nameof(Models))]
    public void Each_text_of_a_batch_is_steered_by_its_own_plan_alone(string name)
    {
        var golden = GoldenModel.Of(name);
        var model = golden.Model;
        int last = model.LayerCount - 1;
        var one = new TestSteering(TestEdit.Disturb(new HookPoint(Site.ResidPost, 0)), TestEdit.Scale(new HookPoint(Site.AttnPattern, last), 0.5f));
        var other = new TestSteering(TestEdit.Disturb(HookPoint.Embed, (position, _) => position > 2), TestEdit.Scale(new HookPoint(Site.AttnOut, last), -1), TestEdit.Disturb(HookPoint.Logits));
        int[] a = golden.Ids("seqA.input_ids"), b = golden.Ids("seqB.input_ids");
        (int[] Ids, ISteering? Plan)[] texts = [(a, one), (b, null), (a, null), (b, other), (b, one), (a, other)];
        foreach (bool cached in (bool[])[false, true])
        {
            var batch = texts.Select(t => new Sequence(t.Ids, steering: t.Plan) { Cache = cached ? Runs.Cache(model) : null }).ToArray();
            var together = Runs.Record(model, batch, chunk: cached ? 10 : 512);
            for (int i = 0; i < texts.Length; i++)
            {
                var (alone, sequence) = Runs.Record(model, texts[i].Ids, texts[i].Plan);
                Recording.Identical(alone, sequence, together, batch[i], Runs.FixedWidthPoints(model));
                batch[i].RequireAllFired();
                batch[i].Cache?.Dispose();
            }
        }
    }

    [Theory, MemberData(nameof(Models))]
    public void Zeroing_what_is_added_removes_it(string name)
    {
        var model = GoldenModel.Of(name).Model;
        int[] text = GoldenModel.Of(name).Ids("seqB.input_ids");
        for (int layer = 0; layer < model.LayerCount; layer++)
        {
            HookPoint attention = new(Site.AttnOut, layer), feedForward = new(Site.MlpOut, layer), before = new(Site.ResidPre, layer), after = HookPoint.ResidPost(layer);
            var (both, sequence) = Runs.Record(model, text, new TestSteering(TestEdit.Scale(attention, 0), TestEdit.Scale(feedForward, 0)));
            Near.Identical(both.All(before, sequence), both.All(after, sequence), $"block {layer} without its parts");
            if (model.Decoder.Blocks[layer] is not SequentialBlock)
                continue;
            var (one, same) = Runs.Record(model, text, new TestSteering(TestEdit.Scale(attention, 0)));
            Near.Identical(one.All(before, same), one.All(new HookPoint(Site.ResidMid, layer), same), $"block {layer} without attention");
        }
    }

    [Theory, MemberData(nameof(Models))]
    public void Doubling_the_heads_doubles_what_attention_adds(string name)
    {
        var model = GoldenModel.Of(name).Model;
        int[] text = GoldenModel.Of(name).Ids("seqB.input_ids");
        // Only where nothing nonlinear (a post-norm) or constant (an output bias) stands between the two.
        if (name.StartsWith("gemma", StringComparison.Ordinal) || name.StartsWith("gpt", StringComparison.Ordinal))
            return;
        HookPoint heads = new(Site.AttnHeads, 1), pattern = new(Site.AttnPattern, 1), added = new(Site.AttnOut, 1);
        var (plain, plainSequence) = Runs.Record(model, text);
        foreach (var edited in (HookPoint[])[heads, pattern])
        {
            var (doubled, sequence) = Runs.Record(model, text, new TestSteering(TestEdit.Scale(edited, 2)));
            var expected = plain.All(added, plainSequence);
            TensorPrimitives.Multiply(expected, 2, expected);
            Near.Identical(expected, doubled.All(added, sequence), $"attn_out under a doubled {edited}");
        }
    }

    [Theory, MemberData(nameof(Models))]
    public void Router_weights_are_the_shares_of_the_experts(string name)
    {
        var model = GoldenModel.Of(name).Model;
        int[] text = GoldenModel.Of(name).Ids("seqB.input_ids");
        var routers = model.HookPoints.Where(p => p.Site == Site.RouterWeights).ToArray();
        foreach (var router in routers)
        {
            var added = new HookPoint(Site.MlpOut, router.Layer);
            float[] OutputWith(Func<int, float> weight, out float[] weights)
            {
                var edit = new TestEdit(router, "set", rows => Tensor.From([.. Enumerable.Range(0, (int)rows.Count).Select(i => weight(i % rows.Columns))], rows.RowCount, rows.Columns));
                var (recording, sequence) = Runs.Record(model, text, new TestSteering(edit));
                weights = recording.All(router, sequence);
                return recording.All(added, sequence);
            }
            var (plain, plainSequence) = Runs.Record(model, text);
            float[] chosen = plain.All(router, plainSequence), shared = OutputWith(_ => 0, out _);
            int experts = chosen.Length / text.Length, width = shared.Length / text.Length;
            double[] sum = [.. shared.Select(v => (double)v)];
            for (int expert = 0; expert < experts; expert++)
            {
                var alone = OutputWith(e => e == expert ? 1 : 0, out _);
                for (int i = 0; i < sum.Length; i++)
                    sum[i] += chosen[i / width * experts + expert] * ((double)alone[i] - shared[i]);
            }
            // A few dozen roundings of values below 1.
            Near.Equal([.. sum.Select(v => (float)v)], plain.All(added, plainSequence), 1e-5f, $"{added} from its experts");
        }
        Assert.Equal(model.HookPoints.Any(p => p.Site == Site.RouterLogits), routers.Length > 0);
    }

    [Theory, MemberData(nameof(Models))]
    public void A_router_logit_of_minus_infinity_bars_an_expert(string name)
    {
        var model = GoldenModel.Of(name).Model;
        int[] text = GoldenModel.Of(name).Ids("seqB.input_ids");
        foreach (var logits in model.HookPoints.Where(p => p.Site == Site.RouterLogits))
        {
            var weights = new HookPoint(Site.RouterWeights, logits.Layer);
            var (plain, plainSequence) = Runs.Record(model, text);
            int experts = plain.Row(weights, plainSequence, 0).Length, used = plain.Row(weights, plainSequence, 0).Count(w => w != 0);
            var bar = new TestEdit(logits, "bar expert 1", rows =>
            {
                var y = rows.Copy();
                for (int row = 0; row < y.RowCount; row++)
                    y.Row(row)[1] = -1e9f;
                return y;
            });
            var (barred, sequence) = Runs.Record(model, text, new TestSteering(bar));
            for (int position = 0; position < text.Length; position++)
            {
                var row = barred.Row(weights, sequence, position);
                Assert.Equal(experts, row.Length);
                Assert.Equal(0, row[1]);
                // DeepSeek-V3 still chooses barred experts where its groups leave no others; their weight is 0.
                Assert.True(row.Count(w => w != 0) <= used && row.All(float.IsFinite));
            }
        }
    }
}
