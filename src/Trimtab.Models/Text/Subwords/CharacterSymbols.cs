using System.Text;

namespace Trimtab.Models.Text;

/// <summary>
/// The symbol from which merging starts for each character. Usually the id of the one-character token. A sentencepiece vocabulary may
/// hold "ab" without "b"; such a "b" gets a symbol beyond the vocabulary, which may merge and, if it does not, is unknown after all.
/// </summary>
internal sealed class CharacterSymbols
{
    private readonly int[] _basic = new int[char.MaxValue + 1];
    private readonly Dictionary<int, int> _astral = [];
    private readonly List<Rune> _absent = [];
    private readonly int _firstAbsent;

    public CharacterSymbols(Vocabulary vocabulary)
    {
        _firstAbsent = vocabulary.Size;
        Array.Fill(_basic, -1);
        foreach (var (token, id) in vocabulary.Entries)
            if (Rune.DecodeFromUtf16(token, out var character, out var width) == System.Buffers.OperationStatus.Done
                && width == token.Length)
                Set(character, id);
    }

    /// <summary>The symbol of a character, or −1.</summary>
    public int SymbolOf(Rune character) =>
        character.IsBmp ? _basic[character.Value] : _astral.GetValueOrDefault(character.Value, -1);

    /// <summary>Gives every character of <paramref name="piece"/> a symbol.</summary>
    public void Admit(string piece)
    {
        foreach (var character in piece.EnumerateRunes())
            if (SymbolOf(character) < 0)
            {
                Set(character, _firstAbsent + _absent.Count);
                _absent.Add(character);
            }
    }

    /// <summary>True for a symbol that stands for a character without a token.</summary>
    public bool IsAbsent(int symbol, out Rune character)
    {
        var index = symbol - _firstAbsent;
        character = (uint)index < (uint)_absent.Count ? _absent[index] : default;
        return index >= 0;
    }

    /// <summary>Treats a character as if the vocabulary lacked it.</summary>
    public void Remove(Rune character) => Set(character, -1);

    private void Set(Rune character, int symbol)
    {
        if (character.IsBmp)
            _basic[character.Value] = symbol;
        else
            _astral[character.Value] = symbol;
    }
}
