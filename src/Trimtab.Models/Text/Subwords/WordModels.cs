using System.Text;

namespace Trimtab.Models.Text;

/// <summary>BERT's model: from left to right always the longest token that fits, those inside a word marked by a prefix.</summary>
/// <param name="vocabulary">The tokens.</param>
/// <param name="unknownId">The id of a word that cannot be covered.</param>
/// <param name="prefix">The mark of tokens that continue a word, "##".</param>
/// <param name="longestWord">Words of more characters are unknown as a whole.</param>
internal sealed class WordPiece(Vocabulary vocabulary, int unknownId, string prefix, int longestWord) : ISubwordModel
{
    public Vocabulary Vocabulary { get; } = vocabulary;

    public void Encode(ReadOnlySpan<char> piece, List<int> ids)
    {
        var start = ids.Count;
        var characters = 0;
        foreach (var _ in piece.EnumerateRunes())
            characters++;
        for (var at = 0; at < piece.Length;)
        {
            var length = characters > longestWord ? 0 : LongestAt(piece, at, ids);
            if (length == 0)
            {
                ids.RemoveRange(start, ids.Count - start);
                ids.Add(unknownId);
                return;
            }
            at += length;
        }
    }

    private int LongestAt(ReadOnlySpan<char> piece, int at, List<int> ids)
    {
        var candidate = at == 0 ? piece.ToString() : prefix + piece[at..].ToString();
        var shortest = at == 0 ? 0 : prefix.Length;
        for (var end = candidate.Length; end > shortest; end--)
            if (Vocabulary.TryGetId(candidate.AsSpan(0, end), out var id))
            {
                ids.Add(id);
                return end - shortest;
            }
        return 0;
    }
}

/// <summary>Every piece is one token or unknown.</summary>
internal sealed class WordLevel(Vocabulary vocabulary, int unknownId) : ISubwordModel
{
    public Vocabulary Vocabulary { get; } = vocabulary;

    public void Encode(ReadOnlySpan<char> piece, List<int> ids) =>
        ids.Add(Vocabulary.TryGetId(piece, out var id) ? id : unknownId);
}
