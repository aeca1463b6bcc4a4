using System.Diagnostics.CodeAnalysis;

namespace Trimtab.Models.Text;

/// <summary>Token texts by id and ids by token text. Ids may leave gaps, but no id and no text occurs twice.</summary>
internal sealed class Vocabulary
{
    /// <summary>No published vocabulary comes near; a larger id is a corrupt file, and would ask for gigabytes.</summary>
    public const int MaximumId = (1 << 24) - 1;

    private readonly string _file;
    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _idsBySpan;
    private string?[] _tokens;

    public Vocabulary(string file, int capacity = 0)
    {
        _file = file;
        _ids = new Dictionary<string, int>(capacity, StringComparer.Ordinal);
        _idsBySpan = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
        _tokens = new string?[capacity];
    }

    /// <summary>One more than the largest id.</summary>
    public int Size { get; private set; }

    /// <summary>How many tokens there are; smaller than <see cref="Size"/> where ids leave gaps.</summary>
    public int Count => _ids.Count;

    /// <summary>All (text, id) pairs.</summary>
    public IEnumerable<KeyValuePair<string, int>> Entries => _ids;

    /// <summary>Adds a token; <paramref name="field"/> names its place in the file for error messages.</summary>
    public void Add(string token, int id, string field)
    {
        if (id is < 0 or > MaximumId)
            throw new TokenizerFormatException($"{_file}: {field} gives the token {Show(token)} the id {id}; ids lie in 0..{MaximumId}.");
        if (id < Size && _tokens[id] is { } other)
            throw new TokenizerFormatException($"{_file}: {field} gives the id {id} to {Show(token)}, but {Show(other)} has it "
                + "already; ids must be unique.");
        if (!_ids.TryAdd(token, id))
            throw new TokenizerFormatException($"{_file}: {field} lists the token {Show(token)} twice, as id {_ids[token]} and as "
                + $"id {id}.");
        if (id >= _tokens.Length)
            Array.Resize(ref _tokens, Math.Max(id + 1, _tokens.Length * 2));
        _tokens[id] = token;
        Size = Math.Max(Size, id + 1);
    }

    /// <summary>A copy that can grow without touching this one.</summary>
    public Vocabulary Copy()
    {
        var copy = new Vocabulary(_file, Size);
        foreach (var (token, id) in _ids)
            copy.Add(token, id, "vocab");
        return copy;
    }

    public bool TryGetId(ReadOnlySpan<char> token, out int id) => _idsBySpan.TryGetValue(token, out id);

    public bool TryGetId(string token, out int id) => _ids.TryGetValue(token, out id);

    public bool TryGetToken(int id, [NotNullWhen(true)] out string? token)
    {
        token = (uint)id < (uint)Size ? _tokens[id] : null;
        return token is not null;
    }

    /// <summary>The id of a token that <paramref name="field"/> names; an error where the vocabulary lacks it.</summary>
    public int Require(string token, string field) => _ids.TryGetValue(token, out var id)
        ? id
        : throw new TokenizerFormatException($"{_file}: {field} names the token {Show(token)}, which is not in the vocabulary of "
            + $"{Count} tokens.");

    /// <summary>A token in quotes, cut where it is long, with control characters escaped.</summary>
    public static string Show(string token)
    {
        var cut = token.Length <= 60 ? token : token[..60] + "…";
        return "\"" + string.Concat(cut.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? $"\\u{(int)c:x4}" : c.ToString())) + "\"";
    }
}
