using System.Numerics.Tensors;

namespace Trimtab.Models.Generation;

/// <summary>Chooses the next token of one sequence from its logits. Keeps its buffers, so that choosing allocates nothing.</summary>
public sealed class Sampler
{
    // Nats below the best score within which nearly all of the probability lies, as a rule: tokens further down are sorted only where they are needed.
    private const float UsualReach = 8, WholeReach = 128;

    private readonly GenerationOptions _options;
    private readonly Random _random;
    private float[] _scores = [];
    private float[] _candidateScores = [];
    private int[] _candidates = [];

    /// <summary>A sampler with its own stream of draws.</summary>
    public Sampler(GenerationOptions options)
    {
        _options = options.Checked();
        _random = new Random(options.Seed);
    }

    /// <summary>The token, and the logarithm of the probability that the model itself (before all settings) gives it.</summary>
    /// <param name="logits">One logit per token.</param>
    /// <param name="context">The tokens so far, prompt included: the penalty applies to them.</param>
    public (int Id, float LogProbability) Next(ReadOnlySpan<float> logits, ReadOnlySpan<int> context)
    {
        int id = !_options.Sample && _options.RepetitionPenalty == 1 ? TensorPrimitives.IndexOfMax(logits) : Choose(logits, context);
        return (id, logits[id] - LogSumExp(logits));
    }

    /// <summary>ln Σ eˣ, without overflow.</summary>
    public static float LogSumExp(ReadOnlySpan<float> logits)
    {
        float max = TensorPrimitives.Max(logits);
        return max + (float)Math.Log(SumOfExponentials(logits, max));
    }

    // Σ e^(x − max): pieces in single precision, their sums in double, so that a large vocabulary costs no digits.
    private static double SumOfExponentials(ReadOnlySpan<float> x, float max)
    {
        Span<float> piece = stackalloc float[1024];
        double sum = 0;
        for (; !x.IsEmpty; x = x[piece.Length..])
        {
            piece = piece[..Math.Min(piece.Length, x.Length)];
            TensorPrimitives.Subtract(x[..piece.Length], max, piece);
            TensorPrimitives.Exp(piece, piece);
            sum += TensorPrimitives.Sum<float>(piece);
        }
        return sum;
    }

    private int Choose(ReadOnlySpan<float> logits, ReadOnlySpan<int> context)
    {
        if (_scores.Length != logits.Length)
            (_scores, _candidateScores, _candidates) = (new float[logits.Length], new float[logits.Length], new int[logits.Length]);
        logits.CopyTo(_scores);
        Penalise(context);
        return _options.Sample ? Draw() : TensorPrimitives.IndexOfMax<float>(_scores);
    }

    private void Penalise(ReadOnlySpan<int> context)
    {
        float penalty = _options.RepetitionPenalty;
        if (penalty == 1)
            return;
        // Each token once, however often it occurred: a mark in the candidates' buffer says that it is done.
        foreach (int id in context)
            _candidates[id] = 0;
        foreach (int id in context)
        {
            if (_candidates[id]++ == 0)
                _scores[id] = _scores[id] > 0 ? _scores[id] / penalty : _scores[id] * penalty;
        }
    }

    private int Draw()
    {
        TensorPrimitives.Divide(_scores, _options.Temperature, _scores);
        double draw = _random.NextDouble();
        if (_options.TopK > 0 && _options.TopK < _scores.Length)
        {
            var best = TopCandidates(_options.TopK);
            return Pick(Filtered(best, SumOfExponentials(best, best[0])), draw);
        }
        float max = TensorPrimitives.Max<float>(_scores);
        double total = SumOfExponentials(_scores, max);
        // Tokens are sorted from the best down as far as the filter, or without one the draw itself, goes.
        for (float reach = UsualReach; ; reach *= 2)
        {
            bool isAll = reach >= WholeReach;
            var probabilities = CandidatesAbove(isAll ? float.NegativeInfinity : max - reach);
            var kept = Filtered(probabilities, total);
            bool isCut = kept.Length < probabilities.Length;
            if (isAll || isCut || (_options is { TopP: >= 1, MinP: 0 } && TensorPrimitives.Sum<float>(kept) > draw))
                return Pick(kept, draw, isCut || isAll ? null : 1);
        }
    }

    // The k best scores, best first; tokens that are ruled out altogether are left away.
    private Span<float> TopCandidates(int k)
    {
        TopTokens.Select(_scores, _candidates.AsSpan(0, k));
        int count = 0;
        while (count < k && (count == 0 || _scores[_candidates[count]] > float.NegativeInfinity))
            _candidateScores[count] = _scores[_candidates[count++]];
        return _candidateScores.AsSpan(0, count);
    }

    // The scores from a threshold on, best first.
    private Span<float> CandidatesAbove(float threshold)
    {
        int count = 0;
        for (int id = 0; id < _scores.Length; id++)
            if (_scores[id] >= threshold && _scores[id] > float.NegativeInfinity)
                (_candidates[count], _candidateScores[count++]) = (id, -_scores[id]);
        // Negated scores ascend; the sort of keys is not stable, which only reorders exactly equal scores.
        Array.Sort(_candidateScores, _candidates, 0, count);
        var scores = _candidateScores.AsSpan(0, count);
        TensorPrimitives.Negate(scores, scores);
        return scores;
    }

    // Turns sorted scores into probabilities, of which top-p and min-p keep the first.
    private Span<float> Filtered(Span<float> scores, double total)
    {
        // Best first: with the largest score taken off, no exponential overflows.
        TensorPrimitives.Subtract(scores, scores[0], scores);
        TensorPrimitives.Exp(scores, scores);
        TensorPrimitives.Multiply(scores, (float)(1 / total), scores);
        int count = Nucleus(scores);
        float least = _options.MinP * scores[0];
        while (count > 1 && scores[count - 1] < least)
            count--;
        return scores[..count];
    }

    // How many of the sorted probabilities reach p together; the token that crosses the bound belongs to them.
    private int Nucleus(ReadOnlySpan<float> probabilities)
    {
        if (_options.TopP >= 1)
            return probabilities.Length;
        double sum = 0;
        int count = 0;
        while (count < probabilities.Length && sum < _options.TopP)
            sum += probabilities[count++];
        return count;
    }

    // The token at which the probabilities, added up from the best on, pass the drawn share of their sum (or of 1, where the rest is not listed).
    private int Pick(ReadOnlySpan<float> probabilities, double draw, double? sum = null)
    {
        double total = sum ?? 0;
        if (sum is null)
            foreach (float p in probabilities)
                total += p;
        double left = draw * total;
        int i = 0;
        while (i < probabilities.Length - 1 && (left -= probabilities[i]) >= 0)
            i++;
        return _candidates[i];
    }
}
