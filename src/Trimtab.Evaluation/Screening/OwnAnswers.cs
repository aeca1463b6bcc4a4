using Trimtab.Models;
using Trimtab.Models.Generation;

namespace Trimtab.Evaluation.Screening;

/// <summary>What a model answers by itself to prompts that are tokens already. An answer depends on its prompt and its line alone.</summary>
internal sealed class OwnAnswers(LoadedModel model, ScreeningOptions options)
{
    /// <summary>How tokens are chosen: as the checkpoint's author recommends, but drawn or not as the options say.</summary>
    public GenerationOptions Settings { get; } = model.GenerationDefaults with { MaxTokens = options.MaxAnswerTokens, Sample = options.DrawsAnswers };

    /// <summary>The answers in the order of the prompts, without space around them.</summary>
    public string[] Of(IReadOnlyList<(int Line, int[] Prompt)> asked, CancellationToken cancellation)
    {
        var answers = new string[asked.Count];
        var generator = new Generator(model);
        foreach (int[] part in Enumerable.Range(0, asked.Count).OrderBy(i => asked[i].Prompt.Length).Chunk(options.AnswersTogether))
        {
            var texts = generator.Generate([.. part.Select(i => new GenerationRequest(asked[i].Prompt, Settings with { Seed = SeedOf(asked[i].Line) }))], cancellation: cancellation);
            foreach (var (i, text) in part.Zip(texts))
                answers[i] = text.Text.Trim();
        }
        return answers;
    }

    private int SeedOf(int line) => unchecked(options.Seed * 100_003 + line);
}
