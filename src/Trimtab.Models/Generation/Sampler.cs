using System.Numerics.Tensors;

namespace Trimtab.Models.Generation;

/// <summary>Chooses the next token of one sequence from its logits. Keeps its buffers, so that choosing allocates nothing.</summary>
public sealed class Sampler
{
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
        if (_scores.Length != logits.Length)
            (_scores, _candidateScores, _candidates) = (new float[logits.Length], new float[logits.Length], new int[logits.Length]);
        logits.CopyTo(_scores);
        Penalise(context);
        int id = _options.Sample ? Draw() : TensorPrimitives.IndexOfMax<float>(_scores);
        return (id, logits[id] - LogSumExp(logits));
    }

    /// <summary>ln Σ eˣ, without overflow.</summary>
    public static float LogSumExp(ReadOnlySpan<float> logits)
    {
        float max = TensorPrimitives.Max(logits);
        double sum = 0;
        foreach (float logit in logits)
            sum += Math.Exp(logit - max);
        return max + (float)Math.Log(sum);
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
        int count = Candidates();
        var probabilities = _candidateScores.AsSpan(0, count);
        // Best first: with the largest score taken off, no exponential overflows.
        TensorPrimitives.Subtract(probabilities, probabilities[0], probabilities);
        TensorPrimitives.SoftMax(probabilities, probabilities);
        count = Nucleus(probabilities);
        probabilities = probabilities[..count];
        float least = _options.MinP * probabilities[0];
        while (count > 1 && probabilities[count - 1] < least)
            count--;
        return Pick(probabilities[..count]);
    }

    // The k best scores, or all, best first; equal scores by the lower token.
    private int Candidates()
    {
        int keep = _options.TopK > 0 ? Math.Min(_options.TopK, _scores.Length) : _scores.Length;
        float threshold = keep < _scores.Length ? KthLargest(keep) : float.NegativeInfinity;
        int count = 0;
        for (int id = 0; id < _scores.Length; id++)
            if (_scores[id] >= threshold && _scores[id] > float.NegativeInfinity)
                (_candidates[count], _candidateScores[count++]) = (id, -_scores[id]);
        // Negated scores ascend; the sort of keys is not stable, which only reorders exactly equal scores.
        Array.Sort(_candidateScores, _candidates, 0, count);
        var scores = _candidateScores.AsSpan(0, count);
        TensorPrimitives.Negate(scores, scores);
        return Math.Min(count, keep);
    }

    // A heap of the k largest seen so far, smallest on top.
    private float KthLargest(int k)
    {
        var heap = _candidateScores.AsSpan(0, k);
        _scores.AsSpan(0, k).CopyTo(heap);
        for (int i = k / 2 - 1; i >= 0; i--)
            SiftDown(heap, i);
        for (int i = k; i < _scores.Length; i++)
        {
            if (_scores[i] <= heap[0])
                continue;
            heap[0] = _scores[i];
            SiftDown(heap, 0);
        }
        return heap[0];
    }

    private static void SiftDown(Span<float> heap, int node)
    {
        while (2 * node + 1 < heap.Length)
        {
            int child = 2 * node + 1;
            if (child + 1 < heap.Length && heap[child + 1] < heap[child])
                child++;
            if (heap[node] <= heap[child])
                return;
            (heap[node], heap[child]) = (heap[child], heap[node]);
            node = child;
        }
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

    private int Pick(ReadOnlySpan<float> probabilities)
    {
        double total = 0;
        foreach (float p in probabilities)
            total += p;
        double left = _random.NextDouble() * total;
        int i = 0;
        while (i < probabilities.Length - 1 && (left -= probabilities[i]) >= 0)
            i++;
        return _candidates[i];
    }
}
