namespace Trimtab.Models.Generation;

/// <summary>Finds the largest of many scores without sorting all of them.</summary>
public static class TopTokens
{
    /// <summary>
    /// Writes the indices of the ids.Length largest <paramref name="scores"/>, best first; of equal scores the lower index is the better. One pass over the scores with
    /// a heap of the best so far.
    /// </summary>
    /// <param name="scores">One score per token; none is NaN.</param>
    /// <param name="ids">Receives the tokens; at most as many as there are scores.</param>
    /// <exception cref="ArgumentException">More tokens are asked for than there are.</exception>
    public static void Select(ReadOnlySpan<float> scores, Span<int> ids)
    {
        if (ids.Length > scores.Length)
            throw new ArgumentException($"TopTokens: {ids.Length} tokens were asked for, and there are {scores.Length} scores. Ask for fewer.", nameof(ids));
        if (ids.IsEmpty)
            return;
        for (int i = 0; i < ids.Length; i++)
            ids[i] = i;
        for (int i = ids.Length / 2 - 1; i >= 0; i--)
            SiftDown(scores, ids, i);
        float worst = scores[ids[0]];
        for (int i = ids.Length; i < scores.Length; i++)
        {
            // Of equal scores the earlier one stays.
            if (scores[i] <= worst)
                continue;
            ids[0] = i;
            SiftDown(scores, ids, 0);
            worst = scores[ids[0]];
        }
        for (int left = ids.Length - 1; left > 0; left--)
        {
            (ids[0], ids[left]) = (ids[left], ids[0]);
            SiftDown(scores, ids[..left], 0);
        }
    }

    // The worst of the heap lies on top.
    private static void SiftDown(ReadOnlySpan<float> scores, Span<int> heap, int node)
    {
        int moved = heap[node];
        while (2 * node + 1 < heap.Length)
        {
            int child = 2 * node + 1;
            if (child + 1 < heap.Length && IsWorse(scores, heap[child + 1], heap[child]))
                child++;
            if (!IsWorse(scores, heap[child], moved))
                break;
            heap[node] = heap[child];
            node = child;
        }
        heap[node] = moved;
    }

    private static bool IsWorse(ReadOnlySpan<float> scores, int a, int b) => scores[a] < scores[b] || (scores[a] == scores[b] && a > b);
}
