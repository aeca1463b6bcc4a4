using Trimtab.Models;

namespace Trimtab.Training.Data;

/// <summary>
/// The steps of growing a model from scratch: about equally many tokens each, out of an endless, numbered stream of texts. Every step reads a stretch of numbers of its own, as
/// many as it needs, so that it depends on its number alone and a run can be resumed anywhere without reading what came before.
/// </summary>
public sealed class TokenStream : ITextStream
{
    /// <summary>The most tokens for each step, and the distance between the first numbers of two steps: a text has at least one token, so no step reads into the next.</summary>
    public const int MaxTokensPerStep = 1 << 20;

    private readonly Func<long, IEnumerable<LossText>> _textsFrom;
    private readonly int _tokensPerStep;
    private readonly bool _everyToken;

    /// <summary>A stream of steps.</summary>
    /// <param name="textsFrom">The texts from a number on. A text follows from its number alone; there is no last one.</param>
    /// <param name="tokensPerStep">How many tokens a step has at least; the text that reaches them is the last of its step.</param>
    /// <param name="fingerprint">Identifies the texts, such as the generator's name, version and seed.</param>
    /// <param name="everyToken">Whether all tokens have a loss, rather than those that the texts say.</param>
    /// <exception cref="ArgumentException">The number of tokens is out of range.</exception>
    public TokenStream(Func<long, IEnumerable<LossText>> textsFrom, int tokensPerStep, string fingerprint, bool everyToken = false)
    {
        ArgumentNullException.ThrowIfNull(textsFrom);
        if (tokensPerStep is < 1 or > MaxTokensPerStep)
            throw new ArgumentException($"Tokens: {tokensPerStep} for each step were asked for — 1 … {MaxTokensPerStep} are possible.", nameof(tokensPerStep));
        (_textsFrom, _tokensPerStep, _everyToken) = (textsFrom, tokensPerStep, everyToken);
        Fingerprint = $"{fingerprint}, {tokensPerStep} tokens for each step, loss on {(everyToken ? "every token" : "answers")}";
    }

    /// <inheritdoc/>
    public string Fingerprint { get; }

    /// <inheritdoc/>
    /// <exception cref="TrainingException">The texts come to an end.</exception>
    public IReadOnlyList<LossText> TextsOf(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        var texts = new List<LossText>();
        int tokens = 0;
        foreach (var text in _textsFrom(checked(step * MaxTokensPerStep)))
        {
            texts.Add(_everyToken ? text with { HasLoss = [.. Enumerable.Repeat(true, text.Ids.Length)] } : text);
            tokens += text.Ids.Length;
            if (tokens >= _tokensPerStep)
                return texts;
        }
        throw new TrainingException($"Tokens: the texts of step {step} end after {tokens} tokens — {_tokensPerStep} were expected. Give a stream without an end.");
    }
}
