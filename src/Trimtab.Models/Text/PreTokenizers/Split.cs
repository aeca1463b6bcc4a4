namespace Trimtab.Models.Text;

/// <summary>What becomes of the matches of a splitting pattern; the names are those of tokenizer.json.</summary>
internal enum SplitBehavior
{
    Removed,
    Isolated,
    MergedWithPrevious,
    MergedWithNext,
    Contiguous,
}

/// <summary>Divides each piece at the matches of a pattern.</summary>
/// <param name="pattern">Finds the matches.</param>
/// <param name="behavior">What becomes of them.</param>
/// <param name="invert">Treat what lies between the matches as the matches.</param>
internal sealed class Split(ISplitPattern pattern, SplitBehavior behavior, bool invert = false) : IPreTokenizer
{
    public ISplitPattern Pattern => pattern;

    public SplitBehavior Behavior => behavior;

    public bool Inverts => invert;

    private readonly record struct Part(int Start, int End, bool IsMatch);

    public void Apply(IReadOnlyList<Piece> pieces, List<Piece> output)
    {
        var matches = new List<Match>();
        var parts = new List<Part>();
        foreach (var piece in pieces)
        {
            matches.Clear();
            parts.Clear();
            pattern.FindMatches(piece.Text.Span, matches);
            Cover(matches, piece.Text.Length, parts);
            foreach (var (start, end, isMatch) in Join(parts))
                if (start < end && !(isMatch && behavior == SplitBehavior.Removed))
                    output.Add(new Piece(piece.Text[start..end], piece.AtStart && start == 0));
        }
    }

    /// <summary>The whole text as alternating matches and stretches between them.</summary>
    private void Cover(List<Match> matches, int length, List<Part> parts)
    {
        var done = 0;
        foreach (var match in matches)
        {
            if (done < match.Start)
                parts.Add(new Part(done, match.Start, invert));
            done = match.Start + match.Length;
            parts.Add(new Part(match.Start, done, !invert));
        }
        if (done < length)
            parts.Add(new Part(done, length, invert));
    }

    private List<Part> Join(List<Part> parts)
    {
        switch (behavior)
        {
            case SplitBehavior.MergedWithPrevious:
                return Fold(parts, (before, part) => part.IsMatch && !before.IsMatch);
            case SplitBehavior.Contiguous:
                return Fold(parts, (before, part) => part.IsMatch == before.IsMatch);
            case SplitBehavior.MergedWithNext:
                // The mirror image of MergedWithPrevious.
                parts.Reverse();
                var joined = Fold(parts, (after, part) => part.IsMatch && !after.IsMatch);
                joined.Reverse();
                return joined;
            default:
                return parts;
        }
    }

    /// <summary>Joins neighbours; the part that was looked at last, joined or not, decides about the next.</summary>
    private static List<Part> Fold(List<Part> parts, Func<Part, Part, bool> joins)
    {
        var result = new List<Part>(parts.Count);
        var last = default(Part);
        foreach (var part in parts)
        {
            if (result.Count > 0 && joins(last, part))
                result[^1] = result[^1] with { Start = Math.Min(result[^1].Start, part.Start), End = Math.Max(result[^1].End, part.End) };
            else
                result.Add(part);
            last = part;
        }
        return result;
    }
}
