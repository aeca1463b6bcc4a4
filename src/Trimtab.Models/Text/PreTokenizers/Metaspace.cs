namespace Trimtab.Models.Text;

/// <summary>Where <see cref="Metaspace"/> adds a leading mark.</summary>
internal enum PrependScheme
{
    Always,
    First,
    Never,
}

/// <summary>Turns spaces into a visible mark, usually U+2581, puts one in front, and optionally starts a new piece at each mark.</summary>
/// <param name="replacement">The mark.</param>
/// <param name="scheme">Before which pieces the mark is put.</param>
/// <param name="split">Whether to divide the pieces.</param>
internal sealed class Metaspace(char replacement, PrependScheme scheme, bool split) : IPreTokenizer
{
    private readonly Split _split = new(new LiteralPattern(replacement.ToString()), SplitBehavior.MergedWithNext);

    public void Apply(IReadOnlyList<Piece> pieces, List<Piece> output)
    {
        var marked = split ? new List<Piece>(pieces.Count) : output;
        foreach (var piece in pieces)
        {
            var text = piece.Text.ToString().Replace(' ', replacement);
            var prepends = scheme == PrependScheme.Always || (scheme == PrependScheme.First && piece.AtStart);
            if (prepends && !text.StartsWith(replacement))
                text = replacement + text;
            marked.Add(piece with { Text = text.AsMemory() });
        }
        if (split)
            _split.Apply(marked, output);
    }
}
