using Trimtab.Models;
using Trimtab.Models.Generation;
using Trimtab.Models.Hooks;
using Trimtab.Steering.Tests.Edits;
using Trimtab.Testing;
using Xunit;
using static Trimtab.Steering.Tests.Gates.SomeGates;

namespace Trimtab.Steering.Tests.Gates;

/// <summary>Plans with gates through the engine: batches, chunks, caches, generation and losses.</summary>
public sealed class GatedRunTests
{
    private static readonly GenerationOptions TwelveTokens = new() { MaxTokens = 12 };

    [Theory, InlineData("all"), InlineData("prompt"), InlineData("after_prompt"), InlineData("response")]
    public void An_open_gate_gives_the_bits_of_the_ungated_plan_and_a_closed_one_those_of_none(string scope)
    {
        var tokens = Tokens.Parse(scope);
        var (gated, ungated) = (Plan(OpensForOne(), tokens).Compile(Model), Plan(null, tokens).Compile(Model));
        Near.Identical(Logits(One, ungated), Logits(One, gated), "open");
        Near.Identical(Logits(Other, null), Logits(Other, gated), "closed");
        Assert.NotEqual(Logits(One, null), Logits(One, gated));
    }

    [Fact]
    public void What_was_decided_has_the_fingerprint_of_a_plan_written_for_it()
    {
        var gated = Plan(OpensForOne()).Compile(Model);
        Assert.Equal(Plan(null).Compile(Model).Fingerprint, Decide(gated, One).Steering.Fingerprint);
        Assert.Equal(SteeringPlan.None.Compile(Model).Fingerprint, Decide(gated, Other).Steering.Fingerprint);
    }

    [Theory, InlineData(512), InlineData(10), InlineData(3)]
    public void In_one_batch_each_text_is_decided_on_by_its_own_prompt_in_chunks_and_with_caches(int chunk)
    {
        var gated = Plan(OpensForOne()).Compile(Model);
        (int[] Ids, float[] Expected)[] texts = [(Other, Logits(Other, null)), (One, Logits(One, Plan(null).Compile(Model))), (Other, Logits(Other, null))];
        foreach (bool cached in (bool[])[true, false])
        {
            var batch = texts.Select(text => Text(text.Ids, gated, cached)).ToArray();
            var capture = new ActivationCapture([HookPoint.Logits]);
            using var run = new ModelRun(Model, batch, [capture]) { ChunkSize = chunk };
            run.Forward(LogitRows.All);
            for (int i = 0; i < batch.Length; i++)
            {
                Near.Identical(texts[i].Expected, capture.Of(batch[i], HookPoint.Logits).Values, $"text {i}, cached: {cached}");
                Assert.Equal(i == 1 ? GateOutcome.Open : GateOutcome.Closed, Assert.Single(batch[i].Decisions).Outcome);
                batch[i].RequireAllFired();
                batch[i].Cache?.Dispose();
            }
        }
    }

    [Theory, InlineData(false), InlineData(true)]
    public void By_token_chunks_caches_and_batches_change_no_bit(bool soft)
    {
        Gate gate = soft ? new SoftGate(Direction.Of(SomeEdits.B), Strength.Raw(0), Strength.Raw(0.3f)) : new ProbeGate(Direction.Of(SomeEdits.B), 0) { Reading = GateReading.EachToken };
        var steering = Plan(gate).Compile(Model);
        float[] alone = Logits(Other, steering);
        Assert.NotEqual(Logits(Other, null), alone);
        Assert.NotEqual(Logits(Other, Plan(null).Compile(Model)), alone);
        Sequence[] batch = [Text(One, steering, cached: true), Text(Other, steering, cached: true), Text(Other, null, cached: true)];
        var capture = new ActivationCapture([HookPoint.Logits]);
        using var run = new ModelRun(Model, batch, [capture]) { ChunkSize = 4 };
        run.Forward(LogitRows.All);
        Near.Identical(alone, capture.Of(batch[1], HookPoint.Logits).Values, "in a batch and in chunks");
        Near.Identical(Logits(Other, null), capture.Of(batch[2], HookPoint.Logits).Values, "the text beside it");
        // Nothing is decided by the prompt, so nothing is told.
        Assert.All(batch, sequence => Assert.Empty(sequence.Decisions));
        Array.ForEach(batch, sequence => sequence.Cache!.Dispose());
    }

    [Fact]
    public void An_intervention_at_several_points_is_decided_on_once()
    {
        HookPoint[] points = [HookPoint.Embed, HookPoint.ResidPost(0), HookPoint.ResidPost(3)];
        var steering = SteeringPlan.Of(new Intervention([.. points], Tokens.All, Push) { Gate = OpensForOne() }).Compile(Model);
        var open = Decide(steering, One);
        Assert.Equal(points, open.Steering.Edits.Select(edit => edit.At));
        var decision = Assert.Single(open.Decisions);
        Assert.Single(decision.Scores);
        Assert.All(points, point => Assert.Contains($"at {point} ", decision.Intervention, StringComparison.Ordinal));
        Assert.Empty(Decide(steering, Other).Steering.Edits);
    }

    [Fact]
    public void Generation_is_that_of_the_plan_that_was_decided_on_and_tells_what_was_decided()
    {
        var gated = Plan(OpensForOne()).Compile(Model);
        GenerationRequest Request(int[] ids, ISteering? steering) => new(ids, TwelveTokens) { Steering = steering };
        var texts = new Generator(Model).Generate([Request(One, gated), Request(Other, gated), Request(One, null)]);
        Assert.Equal(new Generator(Model).Generate(Request(One, Plan(null).Compile(Model))).Ids, texts[0].Ids);
        Assert.Equal(new Generator(Model).Generate(Request(Other, null)).Ids, texts[1].Ids);
        Assert.NotEqual(texts[2].Ids, texts[0].Ids);
        Assert.Equal([GateOutcome.Open, GateOutcome.Closed], texts.Take(2).Select(text => Assert.Single(text.Decisions).Outcome));
        Assert.Empty(texts[2].Decisions);
        Assert.Equal(texts[0].Ids, new Generator(Model.With(Plan(OpensForOne()))).Generate(new GenerationRequest(One, TwelveTokens)).Ids);
    }

    [Fact]
    public void A_decision_says_what_was_decided_and_by_what()
    {
        var gate = OpensForOne();
        string side = gate.Comparison == GateComparison.Larger ? "larger" : "smaller";
        GateDecision open = Decide(gate, One).Decisions[0], closed = Decide(gate, Other).Decisions[0];
        Assert.Equal(FormattableString.Invariant($"'add' at blocks.1.resid_post on tokens 'all': open — 'condition' at blocks.2.resid_post (prompt-mean) scored {open.Scores[0].Score:G6}, {side} than {gate.Threshold:G6}"), open.ToString());
        Assert.Equal(FormattableString.Invariant($"'add' at blocks.1.resid_post on tokens 'all': closed — 'condition' at blocks.2.resid_post (prompt-mean) scored {closed.Scores[0].Score:G6}, not {side} than {gate.Threshold:G6}"), closed.ToString());
    }

    [Fact]
    public void A_decision_does_not_depend_on_the_other_interventions()
    {
        var gate = OpensForOne();
        var crowded = SteeringPlan.Of(
            new Intervention(HookPoint.Embed, new Ablate(Direction.Of(SomeEdits.B))),
            new Intervention([HookPoint.ResidPost(1)], Tokens.All, Push) { Gate = gate }).Compile(Model);
        Assert.Equal(Decide(gate, One).Decisions[0].Scores, Decide(crowded, One).Decisions[0].Scores);
        Assert.Equal(2, Decide(crowded, One).Steering.Edits.Count);
        Assert.Single(Decide(crowded, Other).Steering.Edits);
    }

    [Fact]
    public void A_cache_filled_under_one_decision_is_refused_under_another()
    {
        var gated = Plan(OpensForOne()).Compile(Model);
        using var cache = new KvCache(Model.LayerCount);
        Forward(new Sequence(One, steering: gated) { Cache = cache });
        Assert.Equal(Plan(null).Compile(Model).Fingerprint, cache.Fingerprint);
        // The same tokens go on where they were decided on in the same way, and nowhere else.
        Forward(new Sequence([.. One, 5], One.Length, Plan(null).Compile(Model)) { Cache = cache });
        Assert.Contains("another plan", Assert.Throws<InvalidOperationException>(() => Forward(new Sequence([.. One, 5, 6], One.Length, Plan(Never).Compile(Model)) { Cache = cache })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_decision_stands_for_the_rest_of_the_text()
    {
        using var cache = new KvCache(Model.LayerCount);
        var sequence = new Sequence(One, steering: Plan(OpensForOne()).Compile(Model)) { Cache = cache };
        using var run = new ModelRun(Model, [sequence]);
        run.Forward(LogitRows.Last);
        var decided = sequence.Decisions;
        foreach (int id in Other)
        {
            sequence.Append(id);
            run.Forward(LogitRows.Last);
        }
        Assert.Same(decided, sequence.Decisions);
        int[] all = [.. One, .. Other];
        Near.Identical(Last(new Sequence(all, One.Length, Plan(null).Compile(Model))), Last(new Sequence(all, One.Length, Plan(OpensForOne()).Compile(Model))), "the last row");
    }

    [Fact]
    public void A_closed_gate_is_no_edit_that_never_fired_but_an_open_one_without_tokens_is()
    {
        GenerationRequest Request(Gate gate) => new(One, TwelveTokens) { Steering = Plan(gate, Tokens.At(500)).Compile(Model) };
        Assert.Equal(12, new Generator(Model).Generate(Request(Never)).Ids.Count);
        Assert.Contains("never fired", Assert.Throws<SteeringException>(() => new Generator(Model).Generate(Request(Always))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Losses_are_those_of_the_plan_that_each_text_decides_on()
    {
        double Loss(int[] ids, SteeringPlan plan)
        {
            using var run = new LossRun(Model.With(plan));
            return run.Loss([LossText.Whole(ids)], 1).Values[0];
        }
        Assert.Equal(Loss(One, Plan(null)), Loss(One, Plan(OpensForOne())));
        Assert.Equal(Loss(Other, SteeringPlan.None), Loss(Other, Plan(OpensForOne())));
        Assert.NotEqual(Loss(One, SteeringPlan.None), Loss(One, Plan(null)));
    }

    [Fact]
    public void A_text_without_a_prompt_cannot_be_decided_on()
    {
        var sequence = new Sequence(One, promptLength: 0, Plan(Always).Compile(Model));
        Assert.Contains("the text has none", Assert.Throws<SteeringException>(() => Forward(sequence)).Message, StringComparison.Ordinal);
    }

    [Theory, InlineData("embed"), InlineData("blocks.3.mlp_out"), InlineData("final_norm")]
    public void A_prompt_is_read_wherever_rows_have_a_width(string point)
    {
        var at = HookPoint.Parse(point);
        var gate = new ConditionGate(at, Direction.Of(SomeEdits.B), -2) { Reading = GateReading.LastPromptToken };
        double score = Assert.Single(Decide(gate, Other).Decisions[0].Scores).Score;
        // The gate holds the direction at length 1, rounded to single precision.
        Assert.Equal(ConditionGate.Similarity(Rows(Other, at)[^1], SomeEdits.B.Values), score, 1e-7);
    }

    [Fact]
    public void What_cannot_be_read_is_refused_before_the_first_token()
    {
        string Refused(Gate gate) => Assert.Throws<SteeringException>(() => Plan(gate).Compile(Model)).Message;
        var b = Direction.Of(SomeEdits.B);
        Assert.Contains("blocks.9", Refused(new ConditionGate(HookPoint.ResidPost(9), b, 0)), StringComparison.Ordinal);
        Assert.Contains("made for few of its tokens", Refused(new ConditionGate(HookPoint.Logits, b, 0)), StringComparison.Ordinal);
        Assert.Contains("64 values", Refused(new SoftGate(Direction.Of(Tensor.From([1f, 2])), Strength.Raw(0), Strength.Raw(1))), StringComparison.Ordinal);
        Assert.Contains("does not say where", Refused(new ProbeGate(b, 0)), StringComparison.Ordinal);
        Assert.Contains("Leave it away", Refused(new ProbeGate(b, 0) { At = Read, Reading = GateReading.EachToken }), StringComparison.Ordinal);
        Assert.Contains("decided once", Refused(Always with { At = null, Reading = GateReading.EachToken }), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new ConditionGate(Read, b, double.NaN));
        Assert.Throws<ArgumentException>(() => new AllGate([]));
        Assert.Throws<ArgumentException>(() => new SoftGate(b, Strength.Raw(0), Strength.Raw(0)));
    }

    private static float[] Logits(int[] prompt, ISteering? steering)
    {
        var sequence = Text(prompt, steering);
        var capture = new ActivationCapture([HookPoint.Logits]);
        using var run = new ModelRun(Model, [sequence], [capture]);
        run.Forward(LogitRows.All);
        return capture[HookPoint.Logits].Values.ToArray();
    }

    // A prompt and two tokens of response.
    private static Sequence Text(int[] prompt, ISteering? steering, bool cached = false) =>
        new([.. prompt, 5, 6], prompt.Length, steering) { Cache = cached ? new KvCache(Model.LayerCount) : null };

    private static float[] Last(Sequence sequence)
    {
        using var run = new ModelRun(Model, [sequence]);
        return run.Forward(LogitRows.Last)!.Values.ToArray();
    }

    private static void Forward(Sequence sequence)
    {
        using var run = new ModelRun(Model, [sequence]);
        run.Forward(LogitRows.None);
    }
}
