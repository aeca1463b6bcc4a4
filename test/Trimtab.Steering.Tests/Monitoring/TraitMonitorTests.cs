using Trimtab.Models;
using Trimtab.Models.Generation;
using Trimtab.Models.Hooks;
using Trimtab.Steering.Monitoring;
using Trimtab.Steering.Tests.Edits;
using Trimtab.Tensors;
using Trimtab.Testing;
using Xunit;
using static Trimtab.Steering.Tests.Monitoring.SomeTraits;

namespace Trimtab.Steering.Tests.Monitoring;

public sealed class TraitMonitorTests
{
    // The golden models' rows are about 10 long: this is rounding of their last places.
    private const double Rounding = 2e-5;

    [Theory, InlineData("llama"), InlineData("llama_dynamic_ntk"), InlineData("gpt_neox"), InlineData("gemma2"), InlineData("mixtral")]
    public void What_is_read_while_a_text_is_generated_are_the_coordinates_of_its_rows(string name)
    {
        var golden = GoldenModel.Of(name);
        var traits = new[] { 0, 1 }.Select(layer => new MonitoredTrait($"{layer}", Direction.Of(Values(golden.Model.Config.HiddenSize, layer)), HookPoint.ResidPost(layer))).ToArray();
        var monitor = new TraitMonitor(golden.Model, traits, new TraitMonitorOptions { KeepsPrompt = true });
        var text = new Generator(golden.Model) { Sinks = [monitor] }.Generate(new GenerationRequest(golden.Ids("seqA.input_ids"), new GenerationOptions { MaxTokens = 16 }));
        var trace = monitor.Texts[0].Trace;
        // The last token's row is never computed.
        int[] computed = [.. text.PromptIds, .. text.Ids.SkipLast(1)];
        Assert.Equal((0, computed.Length), (trace.First, trace.End));
        for (int trait = 0; trait < traits.Length; trait++)
            foreach (var (position, expected) in Coordinates(golden.Model, computed, traits[trait]).Index())
                Assert.Equal(expected, trace[position][trait], Rounding * Math.Max(1, Math.Abs(expected)));
    }

    [Fact]
    public void Monitoring_changes_no_bit_of_a_text()
    {
        var plan = SteeringPlan.Of(new Intervention(HookPoint.ResidPost(1), SomeEdits.All["add"])).Compile(Model);
        GenerationRequest[] requests =
        [
            Request(), Request(20) with { Steering = plan }, new(Prompt[..2], new GenerationOptions { MaxTokens = 15, Sample = true, Seed = 3 }),
        ];
        var (plain, monitored) = (Run([]), Run([new TraitMonitor(Model, All, new TraitMonitorOptions { KeepsPrompt = true })]));
        Assert.Equal(plain, monitored);

        List<(int, int, int)> Run(IActivationSink[] sinks)
        {
            var tokens = new List<(int, int, int)>();
            new Generator(Model) { Sinks = sinks }.Generate(requests, token => tokens.Add((token.Request, token.Id, BitConverter.SingleToInt32Bits(token.LogProbability))));
            return tokens;
        }
    }

    [Fact]
    public void A_text_reads_the_same_alone_in_a_batch_and_in_chunks()
    {
        int[][] texts = [GoldenModel.Of("llama").Ids("seqB.input_ids"), Prompt, [5]];
        foreach (int chunk in (int[])[512, 3])
        {
            var together = Read(texts, chunk);
            for (int i = 0; i < texts.Length; i++)
            {
                var alone = Assert.Single(Read([texts[i]], 512)).Trace;
                for (int position = 0; position < texts[i].Length; position++)
                    Near.Identical(alone[position], together[i].Trace[position], $"text {i}, token {position}, chunk {chunk}");
            }
        }

        static IReadOnlyList<MonitoredText> Read(int[][] texts, int chunk)
        {
            var sequences = texts.Select(ids => new Sequence(ids) { Cache = new KvCache(Model.LayerCount, 3) }).ToArray();
            var monitor = new TraitMonitor(Model, All, new TraitMonitorOptions { KeepsPrompt = true });
            using var run = new ModelRun(Model, sequences, [monitor]) { ChunkSize = chunk };
            monitor.Begin(sequences);
            run.Forward(LogitRows.Last);
            foreach (var sequence in sequences)
                sequence.Cache!.Dispose();
            return monitor.Texts;
        }
    }

    [Fact]
    public void A_reading_comes_after_the_edits_of_its_hook_point()
    {
        float plain = Generate().Read.Answer[0].Before;
        var push = new Intervention([HookPoint.ResidPost(1)], Tokens.Last, new Add(Direction.Of(SomeEdits.A), Strength.Raw(0.5f)));
        float pushed = Generate(plan: SteeringPlan.Of(push)).Read.Answer[0].Before;
        Assert.Equal(plain + 0.5 * SomeEdits.Length(SomeEdits.A.Values), pushed, 1e-4);
    }

    [Fact]
    public void An_answer_has_its_mean_and_its_largest_token()
    {
        var (read, text) = Generate();
        double[] expected = Coordinates(Model, [.. text.PromptIds, .. text.Ids.SkipLast(1)], One)[(Prompt.Length - 1)..];
        var answer = read.Answer[0];
        Assert.Equal(expected[0], answer.Before, Rounding);
        Assert.Equal(expected.Skip(1).Average(), answer.Mean!.Value, Rounding);
        Assert.Equal(expected.Skip(1).Max(), answer.Largest!.Value, Rounding);
        Assert.Equal(Prompt.Length + Array.IndexOf(expected[1..], expected[1..].Max()), answer.LargestAt);
    }

    [Fact]
    public void An_answer_of_one_token_has_a_reading_before_it_and_none_within()
    {
        var answer = Generate(tokens: 1).Read.Answer[1];
        Assert.Equal(Coordinates(Model, Prompt, Deep)[^1], answer.Before, Rounding);
        Assert.Equal((null, null, null), (answer.Mean, answer.Largest, answer.LargestAt));
    }

    [Fact]
    public void Prompt_tokens_but_the_last_are_kept_on_request_only()
    {
        var trace = Generate().Read.Trace;
        Assert.Equal(Prompt.Length - 1, trace.First);
        Assert.Throws<ArgumentOutOfRangeException>(() => trace[Prompt.Length - 2].Length);
        Assert.Equal(0, Generate(new TraitMonitorOptions { KeepsPrompt = true }).Read.Trace.First);
    }

    [Fact]
    public void Generation_after_generation_adds_its_texts_in_the_order_of_the_requests()
    {
        var monitor = new TraitMonitor(Model, All);
        var generator = new Generator(Model) { Sinks = [monitor] };
        // In chunks the one-token prompt comes last of all.
        generator.Generate([new GenerationRequest(Prompt[..1], new GenerationOptions { MaxTokens = 3 }), Request(5)]);
        generator.Generate(Request(2));
        Assert.Equal([Prompt[0], Prompt[^1], Prompt[^1]], monitor.Texts.Select(text => text.IdAt(text.Trace.First)));
        Assert.Equal([3, 5, 2], monitor.Texts.Select(text => text.Trace.End - text.Trace.First));
    }

    [Fact]
    public void Reading_a_decoded_token_allocates_nothing()
    {
        var monitor = new TraitMonitor(Model, All);
        var rows = Tensor.Zeros(new Shape(1, SomeEdits.Width));
        var sequence = new Sequence([1]);
        var spans = Enumerable.Range(0, 60).Select(position => new List<SequenceRows> { new(sequence, 0, 1, position) }).ToArray();
        monitor.Receive(One.At, rows, spans[0]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int position = 1; position < spans.Length; position++)
            monitor.Receive(One.At, rows, spans[position]);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void What_cannot_be_read_is_refused_with_its_name()
    {
        Assert.Contains("'one'", Assert.Throws<ArgumentException>(() => new TraitMonitor(Model, [One, Deep with { Name = "one" }])).Message, StringComparison.Ordinal);
        Assert.Contains("nothing to read", Assert.Throws<ArgumentException>(() => new TraitMonitor(Model, [])).Message, StringComparison.Ordinal);
        Assert.Contains("blocks.9", Assert.Throws<SteeringException>(() => new TraitMonitor(Model, [One with { At = HookPoint.ResidPost(9) }])).Message, StringComparison.Ordinal);
        Assert.Contains("64 values", Assert.Throws<SteeringException>(() => new TraitMonitor(Model, [One with { Direction = Direction.Of(Tensor.From([1f, 2])) }])).Message, StringComparison.Ordinal);
    }

    private static Tensor Values(int width, int seed)
    {
        var random = new Random(seed + 40);
        return Tensor.From([.. Enumerable.Range(0, width).Select(_ => random.NextSingle() - 0.5f)]);
    }
}
