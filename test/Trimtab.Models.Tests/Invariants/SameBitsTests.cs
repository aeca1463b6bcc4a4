using Trimtab.Models.Generation;
using Trimtab.Models.Hooks;
using Trimtab.Models.Tests.Hooks;
using Trimtab.Tensors.Ops;
using Trimtab.Tensors.Threading;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Models.Tests.Invariants;

/// <summary>How the rows of a text are spread over passes, batches and threads changes no bit of what is computed.</summary>
public sealed class SameBitsTests
{
    public static TheoryNames Models => GoldenModel.Names;

    [Theory, MemberData(nameof(Models))]
    public void A_cached_step_gives_the_bits_of_an_uncached_pass(string name)
    {
        var golden = GoldenModel.Of(name);
        // 5 … 26 crosses the lengths 16 at which two of the models change their rotary frequencies, and every window but Phi-3's largest.
        CompareSteps(golden.Model, golden.Ids("seqB.input_ids"), prompt: 5, steps: 21);
        CompareSteps(golden.Model, Runs.LongText(golden.Model), prompt: Runs.LongText(golden.Model).Length - 3, steps: 3);
    }

    [Theory, MemberData(nameof(Models))]
    public void Every_cached_activation_has_the_bits_of_the_whole_pass(string name)
    {
        var model = GoldenModel.Of(name).Model;
        int[] text = Runs.LongText(model);
        var (whole, wholeSequence) = Runs.Record(model, text);
        using var cache = Runs.Cache(model);
        // The whole text is known from the start here, so that models which choose frequencies by length choose the same for every pass.
        var sequence = new Sequence(text) { Cache = cache };
        var recording = Runs.Record(model, [sequence], chunk: 7);
        Assert.Equal(text.Length, cache.Length);
        Recording.Identical(whole, wholeSequence, recording, sequence, Runs.FixedWidthPoints(model));
    }

    [Theory, MemberData(nameof(Models))]
    public void Chunks_of_a_prompt_give_the_bits_of_the_whole(string name)
    {
        var golden = GoldenModel.Of(name);
        foreach (string text in (string[])["seqA", "seqB"])
        {
            int[] ids = golden.Ids($"{text}.input_ids");
            var (whole, wholeSequence) = Runs.Record(golden.Model, ids);
            foreach (int chunk in (int[])[1, 3, 5])
            {
                using var cache = Runs.Cache(golden.Model);
                var sequence = new Sequence(ids) { Cache = cache };
                Recording.Identical(whole, wholeSequence, Runs.Record(golden.Model, [sequence], chunk: chunk), sequence, Runs.FixedWidthPoints(golden.Model));
            }
        }
    }

    [Theory, MemberData(nameof(Models))]
    public void A_batch_gives_the_bits_of_single_runs(string name)
    {
        var golden = GoldenModel.Of(name);
        int[][] texts = [golden.Ids("seqB.input_ids"), golden.Ids("seqA.input_ids"), Runs.LongText(golden.Model), [5], golden.Ids("seqA.input_ids")];
        foreach (int chunk in (int[])[512, 9, 3])
        {
            var batch = texts.Select(ids => new Sequence(ids) { Cache = chunk == 512 ? null : Runs.Cache(golden.Model) }).ToArray();
            var together = Runs.Record(golden.Model, batch, chunk: chunk);
            for (int i = 0; i < texts.Length; i++)
            {
                var (alone, sequence) = Runs.Record(golden.Model, texts[i]);
                Recording.Identical(alone, sequence, together, batch[i], Runs.FixedWidthPoints(golden.Model));
                batch[i].Cache?.Dispose();
            }
        }
    }

    [Theory, MemberData(nameof(Models))]
    public void Texts_that_grow_together_and_end_at_different_times_give_the_bits_of_single_runs(string name)
    {
        var golden = GoldenModel.Of(name);
        int[][] texts = [golden.Ids("seqB.input_ids"), golden.Ids("seqA.input_ids"), [9, 8, 7]];
        int[] lives = [3, 14, 6];
        var batch = texts.Select(ids => new Sequence(ids[..^1]) { Cache = Runs.Cache(golden.Model) }).ToArray();
        using var run = new ModelRun(golden.Model, batch) { ChunkSize = 8 };
        for (int step = 0; step < lives.Max(); step++)
        {
            int[] active = [.. Enumerable.Range(0, texts.Length).Where(i => step < lives[i])];
            var logits = run.Forward(LogitRows.Last, [.. active.Select(i => batch[i])])!;
            for (int row = 0; row < active.Length; row++)
            {
                var sequence = batch[active[row]];
                Near.Identical(Runs.LastLogits(golden.Model, sequence.Ids), logits.Row(row), $"text {active[row]}, step {step}");
                sequence.Append((step * 37 + active[row] * 101) % golden.Model.Config.VocabularySize);
            }
        }
        foreach (var sequence in batch)
            sequence.Cache!.Dispose();
    }

    [Theory, MemberData(nameof(Models))]
    public void The_number_of_threads_changes_no_bit(string name)
    {
        var model = GoldenModel.Of(name).Model;
        int[] text = Runs.LongText(model);
        var points = Runs.AllPoints(model);
        (Recording, Sequence)? first = null;
        foreach (int threads in (int[])[1, 2, 3, 5])
        {
            using var team = new WorkerTeam(threads);
            var sequence = new Sequence(text);
            var recording = Runs.Record(model, [sequence], points, backend: new CpuBackend(team));
            first ??= (recording, sequence);
            Recording.Identical(first.Value.Item1, first.Value.Item2, recording, sequence, points);
        }
    }

    [Theory, MemberData(nameof(Models))]
    public void Listening_changes_no_bit(string name)
    {
        var model = GoldenModel.Of(name).Model;
        int[] text = Runs.LongText(model);
        var plain = Runs.AllLogits(model, text);
        var (everything, sequence) = Runs.Record(model, text, points: Runs.AllPoints(model));
        Near.Identical(plain, everything.All(HookPoint.Logits, sequence), "logits while everything is recorded");
        for (int layer = 0; layer < model.LayerCount; layer++)
        {
            var (pattern, same) = Runs.Record(model, text, points: [new HookPoint(Site.AttnPattern, layer), HookPoint.Logits]);
            Near.Identical(plain, pattern.All(HookPoint.Logits, same), $"logits while the pattern of block {layer} is recorded");
        }
    }

    [Theory, MemberData(nameof(Models))]
    public void Patterns_of_cached_steps_and_batches_are_those_of_the_whole_pass(string name)
    {
        var golden = GoldenModel.Of(name);
        var model = golden.Model;
        int heads = model.Config.HeadCount;
        int[] text = golden.Ids("seqB.input_ids");
        HookPoint[] points = [.. model.HookPoints.Where(p => p.Site == Site.AttnPattern)];
        var (whole, wholeSequence) = Runs.Record(model, text, points: points);
        Sequence[] batch = [new(golden.Ids("seqA.input_ids")) { Cache = Runs.Cache(model) }, new(text) { Cache = Runs.Cache(model) }];
        var recording = Runs.Record(model, batch, points, chunk: 4);
        foreach (var point in points)
            for (int position = 0; position < text.Length; position++)
            {
                float[] expected = whole.Row(point, wholeSequence, position), actual = recording.Row(point, batch[1], position);
                int width = actual.Length / heads, seen = position + 1;
                for (int head = 0; head < heads; head++)
                    Near.Identical(expected.AsSpan(head * text.Length, seen), actual.AsSpan(head * width, seen), $"{point}, position {position}, head {head}");
            }
        foreach (var sequence in batch)
            sequence.Cache!.Dispose();
    }

    private static void CompareSteps(LoadedModel model, int[] ids, int prompt, int steps)
    {
        using var cache = Runs.Cache(model);
        var sequence = new Sequence(ids[..prompt]) { Cache = cache };
        using var run = new ModelRun(model, [sequence]) { ChunkSize = 4 };
        for (int length = prompt; length <= prompt + steps; length++)
        {
            Near.Identical(Runs.LastLogits(model, ids[..length]), run.Forward(LogitRows.Last)!.Values, $"logits after {length} tokens");
            Assert.Equal(length, cache.Length);
            if (length < ids.Length)
                sequence.Append(ids[length]);
            else
                break;
        }
    }
}
