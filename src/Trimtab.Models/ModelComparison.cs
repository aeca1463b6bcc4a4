using System.Numerics.Tensors;
using Trimtab.Models.Generation;
using Trimtab.Models.Hooks;
using Trimtab.Models.Text;
using Trimtab.Tensors;

namespace Trimtab.Models;

/// <summary>
/// How far the next-token probabilities of one model lie from those of another over the same tokens: what a conversion or quantising on load costs. Divergences are in
/// nats.
/// </summary>
public sealed record ModelComparison
{
    // Logits of this many tokens are in memory at once, of both models.
    private const int TokensPerStep = 64;

    /// <summary>How many tokens were run, each of which gave both models' probabilities of what comes next.</summary>
    public required int TokenCount { get; init; }

    /// <summary>The mean over the tokens of KL(reference ‖ other) = Σ p · ln(p / q).</summary>
    public required double MeanDivergence { get; init; }

    /// <summary>The largest of them.</summary>
    public required double LargestDivergence { get; init; }

    /// <summary>The share of tokens after which both models hold the same token most likely, 0 to 1.</summary>
    public required double TopAgreement { get; init; }

    /// <summary>exp of the mean of −ln p over the tokens that were foretold: all but the first of each text. It says something about a model only where the tokens are real text.</summary>
    public required double ReferencePerplexity { get; init; }

    /// <summary>The same of the other model.</summary>
    public required double OtherPerplexity { get; init; }

    /// <summary>Runs both models over the same texts.</summary>
    /// <param name="reference">The model as it should be.</param>
    /// <param name="other">The model that should be like it, of the same vocabulary.</param>
    /// <param name="texts">Token ids; at least two in each text.</param>
    /// <param name="progress">Told how many tokens are done.</param>
    /// <param name="cancellation">Ends the comparison between two steps.</param>
    /// <exception cref="ArgumentException">There is no text, a text is too short, or the vocabularies differ.</exception>
    /// <exception cref="TensorException">A model gives logits that are not numbers, or an id is outside the vocabulary.</exception>
    public static ModelComparison Of(LoadedModel reference, LoadedModel other, IReadOnlyList<IReadOnlyList<int>> texts, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        if (texts.Count == 0 || texts.Any(text => text.Count < 2))
            throw new ArgumentException($"Compare: {(texts.Count == 0 ? "no text was given" : "a text has fewer than two tokens")} — a token can only be foretold from those before it.", nameof(texts));
        if (reference.Config.VocabularySize != other.Config.VocabularySize)
            throw new ArgumentException($"Compare: {reference.Name} knows {reference.Config.VocabularySize} tokens, {other.Name} {other.Config.VocabularySize} — expected two forms of the same model.", nameof(other));
        var sums = new Sums();
        foreach (var text in texts)
            Run(reference, other, text, sums, progress, cancellation);
        return sums.Result();
    }

    /// <summary>
    /// A text as token ids in windows of at most <paramref name="size"/>, each with the special tokens before it that the model expects before a text. A window of one
    /// token, which the end of a text can leave, is left away.
    /// </summary>
    /// <param name="model">The model whose tokenizer is used.</param>
    /// <param name="text">The text.</param>
    /// <param name="size">The most tokens of a window, special ones included.</param>
    /// <param name="begun">Whether each window begins with the beginning-of-text token, where the tokenizer has one; as the tokenizer does it where null.</param>
    /// <exception cref="ModelFormatException">The model has no tokenizer.</exception>
    public static IReadOnlyList<IReadOnlyList<int>> Windows(LoadedModel model, string text, int size = 512, bool? begun = null)
    {
        var tokenizer = model.RequireTokenizer();
        int[] before = Before(tokenizer, begun);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, before.Length + 2);
        return [.. tokenizer.Encode(text, addSpecialTokens: false, parseSpecialTokens: false).Chunk(size - before.Length)
            .Select(ids => (int[])[.. before, .. ids]).Where(ids => ids.Length >= 2)];
    }

    private static int[] Before(Tokenizer tokenizer, bool? begun)
    {
        int[] usual = tokenizer.Parts.Frame.Before;
        return (begun, usual.Length > 0 && usual[0] == tokenizer.BosId) switch
        {
            (true, false) when tokenizer.BosId is { } begin => [begin, .. usual],
            (false, true) => usual[1..],
            _ => usual,
        };
    }

    private static void Run(LoadedModel reference, LoadedModel other, IReadOnlyList<int> text, Sums sums, IProgress<int>? progress, CancellationToken cancellation)
    {
        using var left = new Side(reference);
        using var right = new Side(other);
        for (int start = 0; start < text.Count; start += TokensPerStep)
        {
            int[] ids = [.. text.Skip(start).Take(TokensPerStep)];
            Tensor p = left.Next(ids, cancellation), q = right.Next(ids, cancellation);
            for (int i = 0; i < ids.Length; i++)
                sums.Add(p.Row(i), q.Row(i), start + i + 1 < text.Count ? text[start + i + 1] : null);
            progress?.Report(sums.Count);
        }
    }

    /// <summary>One of the two models on its way through a text.</summary>
    private sealed class Side(LoadedModel model) : IDisposable
    {
        private readonly KvCache _cache = new(model.LayerCount);
        private Sequence? _sequence;
        private ModelRun? _run;

        /// <summary>The logits of the next tokens, valid until the next call.</summary>
        public Tensor Next(ReadOnlySpan<int> ids, CancellationToken cancellation)
        {
            if (_sequence is null)
                _run = new ModelRun(model, [_sequence = new Sequence(ids.ToArray()) { Cache = _cache }]);
            else
                foreach (int id in ids)
                    _sequence.Append(id);
            return _run!.Forward(LogitRows.All, cancellation: cancellation)!;
        }

        public void Dispose()
        {
            _run?.Dispose();
            _cache.Dispose();
        }
    }

    /// <summary>What is added up over the tokens, in double precision.</summary>
    private sealed class Sums
    {
        private double _divergence, _largest, _referenceLoss, _otherLoss;
        private int _agreed, _foretold;

        public int Count { get; private set; }

        public void Add(ReadOnlySpan<float> reference, ReadOnlySpan<float> other, int? next)
        {
            var (divergence, referenceNorm, otherNorm) = Divergence(reference, other);
            if (!double.IsFinite(divergence))
                throw new TensorException($"Compare: the logits after token {Count} are not all numbers — a conversion has damaged the model, or its weights are damaged.");
            Count++;
            _divergence += divergence;
            _largest = Math.Max(_largest, divergence);
            if (TensorPrimitives.IndexOfMax(reference) == TensorPrimitives.IndexOfMax(other))
                _agreed++;
            if (next is not { } id)
                return;
            _foretold++;
            _referenceLoss += referenceNorm - reference[id];
            _otherLoss += otherNorm - other[id];
        }

        public ModelComparison Result() => new()
        {
            TokenCount = Count,
            MeanDivergence = _divergence / Count,
            LargestDivergence = _largest,
            TopAgreement = (double)_agreed / Count,
            ReferencePerplexity = Math.Exp(_referenceLoss / _foretold),
            OtherPerplexity = Math.Exp(_otherLoss / _foretold),
        };

        // With p = exp(a − A) and q = exp(b − B), where A and B are the logarithms of the sums: Σ p · ln(p / q) = Σ p · (a − b) − A + B. Not below zero but for rounding.
        private static (double Divergence, double ReferenceNorm, double OtherNorm) Divergence(ReadOnlySpan<float> reference, ReadOnlySpan<float> other)
        {
            double top = TensorPrimitives.Max(reference), otherTop = TensorPrimitives.Max(other);
            double sum = 0, otherSum = 0, difference = 0;
            for (int i = 0; i < reference.Length; i++)
            {
                double weight = Math.Exp(reference[i] - top);
                sum += weight;
                otherSum += Math.Exp(other[i] - otherTop);
                difference += weight * ((double)reference[i] - other[i]);
            }
            double norm = top + Math.Log(sum), otherNorm = otherTop + Math.Log(otherSum);
            double divergence = difference / sum - norm + otherNorm;
            return (divergence < 0 ? 0 : divergence, norm, otherNorm);
        }
    }
}
