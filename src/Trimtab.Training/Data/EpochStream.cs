using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Trimtab.Models;

namespace Trimtab.Training.Data;

/// <summary>The steps of fine-tuning: the batches of a plan, epoch after epoch without end.</summary>
public sealed class EpochStream : ITextStream
{
    private readonly IReadOnlyList<LossText> _texts;
    private readonly BatchPlan _plan;
    private readonly Lazy<string> _fingerprint;

    // The number of the step that follows each epoch; a bound on tokens gives epochs different numbers of batches.
    private readonly List<long> _ends = [];
    private (int Epoch, IReadOnlyList<IReadOnlyList<LossText>> Batches) _current;

    /// <summary>A stream over texts.</summary>
    /// <param name="texts">The texts; at least one, each with a token that has a loss.</param>
    /// <param name="plan">How they come in batches.</param>
    /// <exception cref="ArgumentException">There are no texts, or one has no loss or is longer than a batch may be.</exception>
    public EpochStream(IReadOnlyList<LossText> texts, BatchPlan plan)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(plan);
        if (texts.Count == 0 || texts.Any(text => text.LossCount == 0))
            throw new ArgumentException(texts.Count == 0 ? "Epochs: there are no texts. Give at least one." : "Epochs: a text has no token with a loss. Leave it out.", nameof(texts));
        (_texts, _plan, _fingerprint) = (texts, plan, new Lazy<string>(ComputeFingerprint));
        _current = (0, plan.Batches(texts, 0));
        _ends.Add(_current.Batches.Count);
    }

    /// <summary>Identifies texts and plan by their content: 64 hexadecimal digits.</summary>
    public string Fingerprint => _fingerprint.Value;

    /// <summary>The tokens of the longest text.</summary>
    public int LongestText => _texts.Max(text => text.Ids.Length);

    /// <summary>The most tokens that a step can have: those of its longest texts, were they to come together.</summary>
    public long LargestStep => Math.Min(_plan.MaxTokens, _texts.Select(text => (long)text.Ids.Length).OrderDescending().Take(_plan.MaxTexts).Sum());

    /// <summary>How many steps so many epochs have.</summary>
    /// <param name="epochs">At least 1.</param>
    public long StepsOf(int epochs)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(epochs, 1);
        while (_ends.Count < epochs)
            _ends.Add(_ends[^1] + Epoch(_ends.Count).Count);
        return _ends[epochs - 1];
    }

    /// <inheritdoc/>
    public IReadOnlyList<LossText> TextsOf(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        int epoch = 0;
        while (StepsOf(epoch + 1) <= step)
            epoch++;
        return Epoch(epoch)[(int)(step - (epoch == 0 ? 0 : _ends[epoch - 1]))];
    }

    private IReadOnlyList<IReadOnlyList<LossText>> Epoch(int epoch)
    {
        if (_current.Epoch != epoch)
            _current = (epoch, _plan.Batches(_texts, epoch));
        return _current.Batches;
    }

    private string ComputeFingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes<int>([_plan.Seed, _plan.MaxTexts, _plan.MaxTokens]));
        foreach (var text in _texts)
        {
            hash.AppendData(MemoryMarshal.AsBytes<int>([text.Ids.Length, text.PromptLength]));
            hash.AppendData(MemoryMarshal.AsBytes<int>(text.Ids));
            hash.AppendData(MemoryMarshal.AsBytes<bool>(text.HasLoss));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
