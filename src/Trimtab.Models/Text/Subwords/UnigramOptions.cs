namespace Trimtab.Models.Text;

/// <summary>What a unigram model does besides weighing pieces.</summary>
internal sealed record UnigramOptions
{
    /// <summary>The id for characters that no piece covers; without one such a character is an error.</summary>
    public int? UnknownId { get; init; }

    /// <summary>Spell unknown characters by the tokens of their UTF-8 bytes.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>Add scores in single precision, as sentencepiece does; the two precisions disagree about near ties.</summary>
    public bool SinglePrecision { get; init; }

    /// <summary>Whether an id may come out of text at all; control and byte pieces may not. Null admits all.</summary>
    public Func<int, bool>? MayMatch { get; init; }

    /// <summary>Pieces that win against every other way to read their text (sentencepiece's user-defined symbols). Null for none.</summary>
    public Func<int, bool>? AlwaysWins { get; init; }
}
