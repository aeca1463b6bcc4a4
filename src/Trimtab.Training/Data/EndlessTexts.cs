using Trimtab.Models;

namespace Trimtab.Training.Data;

/// <summary>
/// Texts without end, as many in every step: the data again and again, each time in a new order that follows from the seed alone. What a step sees follows from its number, so that nothing before it needs to be read.
/// </summary>
public sealed class EndlessTexts : ITextStream
{
    private readonly IReadOnlyList<LossText> _texts;
    private readonly string _identity;
    private readonly int _seed;
    private (long Epoch, int[] Order) _current = (-1, []);

    /// <summary>A stream over texts.</summary>
    /// <param name="texts">The texts; at least one.</param>
    /// <param name="tokensPerStep">About how many tokens a step has.</param>
    /// <param name="seed">Decides the orders.</param>
    /// <param name="identity">Identifies the texts, such as a hash of their file.</param>
    /// <exception cref="ArgumentException">There are no texts, or no tokens for a step.</exception>
    public EndlessTexts(IReadOnlyList<LossText> texts, int tokensPerStep, int seed, string identity)
    {
        if (texts.Count == 0 || tokensPerStep < 1)
            throw new ArgumentException($"Texts: {texts.Count} texts and {tokensPerStep} tokens for each step were given — at least one of each is needed.", nameof(texts));
        (_texts, _identity, _seed) = (texts, identity, seed);
        TextsPerStep = Math.Max(1, (int)Math.Round(tokensPerStep / texts.Average(text => text.Ids.Length)));
    }

    /// <summary>How many texts a step has.</summary>
    public int TextsPerStep { get; }

    /// <inheritdoc/>
    public string Fingerprint => $"{_identity}, {_texts.Count} texts, {TextsPerStep} for each step, seed {_seed}";

    /// <inheritdoc/>
    public IReadOnlyList<LossText> TextsOf(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        return [.. Enumerable.Range(0, TextsPerStep).Select(number => TextAt(step * TextsPerStep + number))];
    }

    private LossText TextAt(long number)
    {
        var (epoch, place) = Math.DivRem(number, _texts.Count);
        if (_current.Epoch != epoch)
            _current = (epoch, Permutation.Of(_texts.Count, _seed, checked((int)epoch)));
        return _texts[_current.Order[place]];
    }
}
