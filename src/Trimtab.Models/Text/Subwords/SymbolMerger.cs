using System.Buffers;

namespace Trimtab.Models.Text;

/// <summary>
/// Byte-pair merging of one symbol sequence: always the merge of smallest rank, leftmost among equals. A linked list of symbols and a
/// heap of candidates make it O(n log n), so a megabyte without a single split point is still quick.
/// </summary>
internal static class SymbolMerger
{
    private struct Link
    {
        public int Previous;
        public int Next;
    }

    private readonly record struct Candidate(long RankAndPosition, int Right, int Id)
    {
        public int Position => (int)RankAndPosition;
    }

    /// <summary>
    /// Merges in place; returns how many symbols are left at the front of <paramref name="symbols"/>. Negative symbols never merge.
    /// </summary>
    public static int Merge(Span<int> symbols, MergeTable merges)
    {
        if (symbols.Length < 2)
            return symbols.Length;
        var links = ArrayPool<Link>.Shared.Rent(symbols.Length);
        // Each merge removes one symbol and offers at most two new candidates.
        var heap = ArrayPool<Candidate>.Shared.Rent(3 * symbols.Length);
        try
        {
            return Merge(symbols, links, heap, merges);
        }
        finally
        {
            ArrayPool<Link>.Shared.Return(links);
            ArrayPool<Candidate>.Shared.Return(heap);
        }
    }

    private static int Merge(Span<int> symbols, Link[] links, Candidate[] heap, MergeTable merges)
    {
        var size = 0;
        for (var i = 0; i < symbols.Length; i++)
            links[i] = new Link { Previous = i - 1, Next = i + 1 < symbols.Length ? i + 1 : -1 };
        for (var i = 0; i + 1 < symbols.Length; i++)
            Offer(symbols, i, i + 1, heap, ref size, merges);

        while (size > 0)
        {
            var best = Pop(heap, ref size);
            ref var link = ref links[best.Position];
            if (!IsCurrent(symbols, link, best, merges))
                continue;
            symbols[best.Position] = best.Id;
            symbols[best.Right] = Removed;
            link.Next = links[best.Right].Next;
            if (link.Next >= 0)
            {
                links[link.Next].Previous = best.Position;
                Offer(symbols, best.Position, link.Next, heap, ref size, merges);
            }
            if (link.Previous >= 0)
                Offer(symbols, link.Previous, best.Position, heap, ref size, merges);
        }
        return Compact(symbols, links);
    }

    private const int Removed = int.MinValue;

    /// <summary>A candidate goes stale when either side has been merged away or has become something else since it was offered.</summary>
    private static bool IsCurrent(ReadOnlySpan<int> symbols, Link link, Candidate candidate, MergeTable merges) =>
        symbols[candidate.Position] != Removed
        && link.Next == candidate.Right
        && merges.TryGet(symbols[candidate.Position], symbols[candidate.Right], out var merge)
        && merge.Id == candidate.Id;

    private static int Compact(Span<int> symbols, Link[] links)
    {
        var count = 0;
        for (var i = 0; i >= 0; i = links[i].Next)
            symbols[count++] = symbols[i];
        return count;
    }

    private static void Offer(ReadOnlySpan<int> symbols, int left, int right, Candidate[] heap, ref int size, MergeTable merges)
    {
        if (symbols[left] < 0 || symbols[right] < 0 || !merges.TryGet(symbols[left], symbols[right], out var merge))
            return;
        var item = new Candidate((long)merge.Rank << 32 | (uint)left, right, merge.Id);
        var hole = size++;
        while (hole > 0 && heap[(hole - 1) / 2].RankAndPosition > item.RankAndPosition)
        {
            heap[hole] = heap[(hole - 1) / 2];
            hole = (hole - 1) / 2;
        }
        heap[hole] = item;
    }

    private static Candidate Pop(Candidate[] heap, ref int size)
    {
        var top = heap[0];
        var item = heap[--size];
        var hole = 0;
        for (var child = 1; child < size; child = 2 * hole + 1)
        {
            if (child + 1 < size && heap[child + 1].RankAndPosition < heap[child].RankAndPosition)
                child++;
            if (heap[child].RankAndPosition >= item.RankAndPosition)
                break;
            heap[hole] = heap[child];
            hole = child;
        }
        heap[hole] = item;
        return top;
    }
}
