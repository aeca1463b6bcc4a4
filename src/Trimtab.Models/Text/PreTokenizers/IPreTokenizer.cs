namespace Trimtab.Models.Text;

/// <summary>A stretch of normalised text that the model will encode on its own.</summary>
/// <param name="Text">The text.</param>
/// <param name="AtStart">Whether it stands at the very beginning of what the caller gave.</param>
internal readonly record struct Piece(ReadOnlyMemory<char> Text, bool AtStart);

/// <summary>Divides pieces into smaller ones, so that no token will span two of them.</summary>
internal interface IPreTokenizer
{
    void Apply(IReadOnlyList<Piece> pieces, List<Piece> output);
}

/// <summary>Several pre-tokenizers, each dividing what the one before it left.</summary>
internal sealed class PreTokenizerSequence(IReadOnlyList<IPreTokenizer> parts) : IPreTokenizer
{
    public IReadOnlyList<IPreTokenizer> Parts => parts;

    public void Apply(IReadOnlyList<Piece> pieces, List<Piece> output)
    {
        foreach (var part in parts)
        {
            var next = new List<Piece>(pieces.Count);
            part.Apply(pieces, next);
            pieces = next;
        }
        output.AddRange(pieces);
    }
}
