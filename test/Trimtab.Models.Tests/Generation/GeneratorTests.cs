using Trimtab.Models.Generation;
using Trimtab.Models.Text;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Models.Tests.Generation;

public sealed class GeneratorTests
{
    private static readonly GoldenModel Golden = GoldenModel.Of("qwen3");

    private static int[] Prompt => Golden.Ids("seqA.input_ids");

    [Fact]
    public void A_batch_gives_the_texts_of_single_runs_whatever_their_options()
    {
        GenerationRequest[] requests =
        [
            new(Prompt, new GenerationOptions { MaxTokens = 20, Sample = true, Seed = 1 }),
            new(Golden.Ids("seqB.input_ids"), new GenerationOptions { MaxTokens = 5 }),
            new(Prompt[..2], new GenerationOptions { MaxTokens = 12, Sample = true, Seed = 9, TopK = 5, RepetitionPenalty = 1.3f }),
        ];
        var together = new Generator(Golden.Model).Generate(requests);
        for (int i = 0; i < requests.Length; i++)
            Assert.Equal(new Generator(Golden.Model).Generate(requests[i]).Ids, together[i].Ids);
    }

    [Fact]
    public void An_end_token_ends_the_text_and_is_no_part_of_it()
    {
        int[] greedy = Golden.Ids("seqA.greedy");
        var text = new Generator(Golden.Model).Generate(new GenerationRequest(Prompt, new GenerationOptions { MaxTokens = 16, StopTokens = [greedy[3]] }));
        Assert.Equal(StopReason.Eos, text.Stop);
        Assert.Equal(greedy[..Array.IndexOf(greedy, greedy[3])], text.Ids);
    }

    [Fact]
    public void Tokens_are_told_as_they_are_chosen()
    {
        var told = new List<int>();
        var text = new Generator(Golden.Model).Generate(new GenerationRequest(Prompt, new GenerationOptions { MaxTokens = 7 }), token => told.Add(token.Id));
        Assert.Equal(StopReason.Length, text.Stop);
        Assert.Equal(text.Ids, told);
    }

    [Fact]
    public async Task A_stream_yields_the_same_tokens()
    {
        var request = new GenerationRequest(Prompt, new GenerationOptions { MaxTokens = 9 });
        var ids = new List<int>();
        await foreach (var token in new Generator(Golden.Model).StreamAsync(request))
            ids.Add(token.Id);
        Assert.Equal(new Generator(Golden.Model).Generate(request).Ids, ids);
    }

    [Fact]
    public async Task Leaving_a_stream_early_ends_the_generation()
    {
        var request = new GenerationRequest(Prompt, new GenerationOptions { MaxTokens = 1_000_000 });
        await foreach (var _ in new Generator(Golden.Model).StreamAsync(request))
            break;
    }

    [Fact]
    public void Cancellation_ends_a_generation()
    {
        using var source = new CancellationTokenSource();
        var request = new GenerationRequest(Prompt, new GenerationOptions { MaxTokens = 1_000_000 });
        int tokens = 0;
        Assert.ThrowsAny<OperationCanceledException>(() => new Generator(Golden.Model).Generate(request, _ =>
        {
            if (++tokens == 3)
                source.Cancel();
        }, source.Token));
        Assert.Equal(3, tokens);
    }

    [Fact]
    public void Learned_positions_bound_the_length()
    {
        var golden = GoldenModel.Of("gpt2");
        int[] prompt = [.. Enumerable.Repeat(5, 60)];
        var text = new Generator(golden.Model).Generate(new GenerationRequest(prompt, new GenerationOptions { MaxTokens = 100 }));
        Assert.Equal((StopReason.Length, 4), (text.Stop, text.Ids.Count));
        Assert.Throws<ArgumentException>(() => new Generator(golden.Model).Generate(new GenerationRequest([.. Enumerable.Repeat(5, 64)], new GenerationOptions())));
    }
}

/// <summary>The trained story model beside the checkout, against numbers of an independent reference.</summary>
public sealed class StoryModelTests
{
    [Fact]
    public void The_story_model_tells_its_reference_stories()
    {
        Assert.SkipWhen(Repository.Shared is null, Repository.NoShared);
        string folder = Path.Combine(Repository.Shared!, "models", "stories656k-llama");
        using var model = ModelLoader.Load(folder);
        var golden = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "golden.json")))!;
        foreach (var item in golden["cases"]!.AsArray())
        {
            int[] prompt = model.EncodeText(item!["prompt"]!.GetValue<string>());
            Assert.Equal(Whole(item["prompt_ids"]!), prompt);
            int[] greedy = Whole(item["greedy_ids"]!);
            var text = new Generator(model).Generate(new GenerationRequest(prompt, new GenerationOptions { MaxTokens = greedy.Length }));
            Assert.Equal(greedy, text.Ids);
            Assert.Equal(item["greedy_text"]!.GetValue<string>(), text.Text);
            CheckFirstStep(model, prompt, item["first_step"]!);
        }
    }

    private static void CheckFirstStep(LoadedModel model, int[] prompt, System.Text.Json.Nodes.JsonNode expected)
    {
        using var run = new ModelRun(model, [new Trimtab.Models.Hooks.Sequence(prompt)]);
        float[] logits = run.Forward(LogitRows.Last)!.Values.ToArray();
        int[] ids = Whole(expected["top10_ids"]!);
        Assert.Equal(ids, Enumerable.Range(0, logits.Length).OrderByDescending(id => logits[id]).Take(10));
        for (int i = 0; i < ids.Length; i++)
            // The reference is printed with four decimals.
            Assert.Equal(expected["top10_logits"]![i]!.GetValue<double>(), logits[ids[i]], 2e-4);
        Assert.Equal(expected["logsumexp"]!.GetValue<double>(), Sampler.LogSumExp(logits), 2e-4);
    }

    private static int[] Whole(System.Text.Json.Nodes.JsonNode node) => [.. node.AsArray().Select(n => n!.GetValue<int>())];
}
