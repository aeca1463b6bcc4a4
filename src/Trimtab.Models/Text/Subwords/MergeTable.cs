namespace Trimtab.Models.Text;

/// <summary>Which two neighbouring symbols merge, in what order of preference, and into what.</summary>
internal sealed class MergeTable
{
    private readonly Dictionary<ulong, Merge> _merges;

    public MergeTable(int capacity = 0) => _merges = new Dictionary<ulong, Merge>(capacity);

    /// <summary>The outcome of a merge; the smaller rank goes first.</summary>
    public readonly record struct Merge(int Rank, int Id);

    public int Count => _merges.Count;

    /// <summary>
    /// Adds a merge. A pair that is already there is replaced: the last line of a file wins, as in the published readers.
    /// </summary>
    public void Set(int left, int right, int rank, int id) => _merges[Key(left, right)] = new Merge(rank, id);

    public bool TryGet(int left, int right, out Merge merge) => _merges.TryGetValue(Key(left, right), out merge);

    /// <summary>Reads merges written as pairs of token texts; each pair and its concatenation must be in the vocabulary.</summary>
    /// <param name="pairs">(left, right), best first.</param>
    /// <param name="vocabulary">Where the ids come from.</param>
    /// <param name="continuingPrefix">A mark such as "##" that the right half carries and the merged token does not repeat.</param>
    /// <param name="file">For error messages.</param>
    public static MergeTable FromPairs(
        IReadOnlyList<(string Left, string Right)> pairs, Vocabulary vocabulary, string continuingPrefix, string file)
    {
        var table = new MergeTable(pairs.Count);
        for (var rank = 0; rank < pairs.Count; rank++)
        {
            var (left, right) = pairs[rank];
            var tail = right.StartsWith(continuingPrefix, StringComparison.Ordinal) ? right[continuingPrefix.Length..] : right;
            table.Set(Id(left), Id(right), rank, Id(left + tail));

            int Id(string token) => vocabulary.TryGetId(token, out var id)
                ? id
                : throw new TokenizerFormatException(
                    $"{file}: model.merges[{rank}] = {Vocabulary.Show(left)} + {Vocabulary.Show(right)} needs the token "
                        + $"{Vocabulary.Show(token)}, which is not in the vocabulary.");
        }
        return table;
    }

    /// <summary>
    /// Derives the merges of a vocabulary that ranks whole pieces instead of pairs (sentencepiece scores, tiktoken ranks): two symbols
    /// merge where their concatenation is a piece.
    /// </summary>
    /// <param name="pieces">Text, symbol id and rank of every piece that a merge may make.</param>
    /// <param name="symbolOf">The symbol of a text that may stand on one side of a merge, or −1.</param>
    public static MergeTable FromPieces(IReadOnlyCollection<(string Text, int Id, int Rank)> pieces, Func<ReadOnlySpan<char>, int> symbolOf)
    {
        var table = new MergeTable(pieces.Count * 2);
        foreach (var (text, id, rank) in pieces)
            for (var cut = 1; cut < text.Length; cut++)
            {
                if (char.IsLowSurrogate(text[cut]) && char.IsHighSurrogate(text[cut - 1]))
                    continue;
                var left = symbolOf(text.AsSpan(0, cut));
                if (left < 0)
                    continue;
                var right = symbolOf(text.AsSpan(cut));
                if (right >= 0)
                    table.Set(left, right, rank, id);
            }
        return table;
    }

    /// <summary>
    /// Multiplying by an odd number keeps keys distinct and mixes their halves. The hash of a long is the two halves xored: without mixing,
    /// all pairs of a symbol with itself would share one bucket.
    /// </summary>
    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32 | (uint)right) * 0x9E3779B97F4A7C15;
}
