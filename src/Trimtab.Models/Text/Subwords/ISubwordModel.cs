namespace Trimtab.Models.Text;

/// <summary>The trained part of a tokenizer: turns one piece of normalised, pre-split text into token ids.</summary>
internal interface ISubwordModel
{
    Vocabulary Vocabulary { get; }

    /// <summary>Appends the ids of <paramref name="piece"/> to <paramref name="ids"/>. Safe to call from several threads at once.</summary>
    void Encode(ReadOnlySpan<char> piece, List<int> ids);
}
