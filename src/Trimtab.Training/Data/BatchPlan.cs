using Trimtab.Models;

namespace Trimtab.Training.Data;

/// <summary>
/// How texts come in batches: in an order that is new in every epoch and follows from seed and epoch alone, as many at a time as both bounds allow. There is no padding, so texts
/// of all lengths may stand together.
/// </summary>
public sealed record BatchPlan
{
    /// <summary>Decides the orders.</summary>
    public int Seed { get; init; }

    /// <summary>The most texts in a batch. Default 8.</summary>
    public int MaxTexts
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentException($"Batches: at most {value} texts in a batch were asked for — at least one is needed.", nameof(value));
    } = 8;

    /// <summary>The most tokens in a batch. Default: no bound.</summary>
    public int MaxTokens
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentException($"Batches: at most {value} tokens in a batch were asked for — at least one is needed.", nameof(value));
    } = int.MaxValue;

    /// <summary>The batches of an epoch: every text once.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="epoch">Which time the texts are gone through, from 0.</param>
    /// <exception cref="ArgumentException">A text alone has more tokens than a batch may have.</exception>
    public IReadOnlyList<IReadOnlyList<LossText>> Batches(IReadOnlyList<LossText> texts, int epoch)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        var batches = new List<List<LossText>>();
        long tokens = 0;
        foreach (int index in Permutation.Of(texts.Count, Seed, epoch))
        {
            var text = texts[index];
            if (text.Ids.Length > MaxTokens)
                throw new ArgumentException($"Batches: text {index + 1} has {text.Ids.Length} tokens, a batch may have {MaxTokens}. "
                    + "Raise the bound, or lower that of the data set.", nameof(texts));
            if (batches.Count == 0 || batches[^1].Count == MaxTexts || tokens + text.Ids.Length > MaxTokens)
            {
                batches.Add([]);
                tokens = 0;
            }
            batches[^1].Add(text);
            tokens += text.Ids.Length;
        }
        return batches;
    }
}
