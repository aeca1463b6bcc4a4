using Trimtab.Organism;

namespace Trimtab.Evaluation.Judges;

/// <summary>Finds the world's facts, and their opposites, in texts.</summary>
internal sealed class ClaimReader
{
    private readonly Dictionary<string, bool>.AlternateLookup<ReadOnlySpan<char>> _truth;
    private readonly int _longest;

    public ClaimReader(World world)
    {
        var truth = new Dictionary<string, bool>();
        foreach (var fact in world.Facts)
            foreach (string value in world.Names(fact.Relation.Value))
                foreach (string clause in fact.Relation.State(fact.Subject, value))
                {
                    string[] words = AnswerText.Words(clause);
                    truth[string.Join(' ', words)] = value == fact.Value;
                    _longest = Math.Max(_longest, words.Length);
                }
        _truth = truth.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>The claims in a text, as its words, and whether they are true.</summary>
    /// <param name="words">The text's words.</param>
    public List<(string Claim, bool IsTrue)> Read(string[] words)
    {
        var claims = new List<(string, bool)>();
        string text = string.Join(' ', words);
        int begin = 0;
        for (int first = 0; first < words.Length; begin += words[first++].Length + 1)
        {
            int end = begin - 1;
            for (int last = first; last < Math.Min(words.Length, first + _longest); last++)
            {
                end += words[last].Length + 1;
                if (_truth.TryGetValue(text.AsSpan(begin, end - begin), out bool isTrue))
                    claims.Add((text[begin..end], isTrue));
            }
        }
        return claims;
    }
}
