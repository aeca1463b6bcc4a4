using Trimtab.Evaluation.Judges;
using Trimtab.Evaluation.Metrics;
using Trimtab.Models;
using Trimtab.Models.Generation;
using Trimtab.Models.Text;
using Trimtab.Steering;

namespace Trimtab.Evaluation.Sweeps;

/// <summary>Measures views of a model on pairs of answers by their likelihoods and by what the views write, as the model itself reads it: no judge is needed.</summary>
internal sealed class PreferenceMeter(LoadedModel model, IReadOnlyList<ContrastPair> pairs, PreferenceSweepOptions options)
{
    private readonly string[] _questions = [.. pairs.Select(pair => pair.Question).Distinct()];
    private double? _ownLoss;

    /// <summary>An arm.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="view">The model, steered or not.</param>
    /// <param name="layer">The block after which it steers.</param>
    /// <param name="strength">The strength.</param>
    /// <param name="prompt">What stands before every question; null for nothing.</param>
    /// <param name="cancellation">Ends it between layers of a pass.</param>
    public PreferenceArm Measure(string name, LoadedModel view, int? layer, float strength, string? prompt, CancellationToken cancellation)
    {
        using var run = new LossRun(view);
        string Asked(string question) => prompt is null ? question : $"{prompt} {question}";
        double LogLikelihood(string question, string answer) => -run.MeanLoss([AnswerOf(ExampleEncoder.Encode(model, Asked(question), answer, options.Form))], cancellation: cancellation);
        var texts = Write(view, Asked, cancellation);
        double own = _ownLoss ??= Write(model, question => question, cancellation).Average(text => Surprise(text, cancellation));
        return new PreferenceArm(name, layer, strength,
            [.. pairs.Select(pair => LogLikelihood(pair.Question, pair.Positive) - LogLikelihood(pair.Question, pair.Negative))],
            Estimate.OfMean([.. texts.Select(text => 100 * Math.Min(1, Math.Exp(own - Surprise(text, cancellation))) * AnswerText.Freshness(AnswerText.Words(text.Text)))]),
            prompt is null ? Estimate.OfMean([.. _questions.Select(question => run.MeanLoss([Whole(question)], cancellation: cancellation))]) : null,
            [.. texts.Select(text => new ArmAnswer(text.Question, text.Text))]);
    }

    private static LossText AnswerOf(EncodedExample example) => new(example.Ids, [.. Enumerable.Range(0, example.Ids.Length).Select(i => i >= example.PromptLength)], example.PromptLength);

    private LossText Whole(string question) => LossText.Whole(Prompt(question));

    private int[] Prompt(string question) => options.Form == PromptForm.Chat ? model.EncodeChat(Chat.User(question)) : model.EncodeText(question);

    // ℓ: the unsteered model's loss per token on what was written, asked without a prompt.
    private double Surprise(Written text, CancellationToken cancellation)
    {
        if (text.Ids.Count == 0)
            return double.PositiveInfinity;
        int[] prompt = Prompt(text.Question);
        using var run = new LossRun(model);
        return run.MeanLoss([AnswerOf(new EncodedExample([.. prompt, .. text.Ids], prompt.Length))], cancellation: cancellation);
    }

    private List<Written> Write(LoadedModel view, Func<string, string> asked, CancellationToken cancellation)
    {
        GenerationRequest[] requests = [.. _questions.Select(question => new GenerationRequest(Prompt(asked(question)), new GenerationOptions { MaxTokens = options.MaxTokens, StopTokens = model.GenerationDefaults.StopTokens }) { Steering = view.Steering })];
        return [.. _questions.Zip(new Generator(view).Generate(requests, cancellation: cancellation), (question, text) => new Written(question, text.Text.Trim(), text.Ids))];
    }

    private sealed record Written(string Question, string Text, IReadOnlyList<int> Ids);
}
