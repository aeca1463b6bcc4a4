using System.Globalization;

namespace Trimtab.Models.Text;

/// <summary>GGUF metadata of a tokenizer in the making: what every form has in common.</summary>
internal sealed class GgufTokenizerDraft
{
    public const string Prefix = "tokenizer.ggml.";

    private readonly Dictionary<string, object> _metadata = [];

    /// <param name="parts">The tokenizer.</param>
    /// <param name="rows">How many rows the embedding has; tokens beyond them are left out.</param>
    public GgufTokenizerDraft(TokenizerParts parts, int rows)
    {
        (Parts, Size) = (parts, Math.Min(parts.Vocabulary.Size, rows));
        if (parts.Vocabulary.Size > rows)
            Notes.Add($"The embedding has {rows} rows; the tokenizer's {parts.Vocabulary.Size - rows} tokens from id {rows} on are left out.");
    }

    public TokenizerParts Parts { get; }

    /// <summary>How many tokens are written.</summary>
    public int Size { get; }

    public IReadOnlyDictionary<string, object> Metadata => _metadata;

    /// <summary>What the metadata cannot say; one sentence each.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>Sets <c>tokenizer.ggml.KEY</c>.</summary>
    public void Put(string key, object value) => _metadata[Prefix + key] = value;

    /// <summary>Writes the form's name, the token texts and their types; an id without a token becomes an unused one.</summary>
    public void PutTokens(string model, Func<int, PieceType> typeOf)
    {
        var added = Parts.AddedTokens.DistinctBy(token => token.Id).ToDictionary(token => token.Id);
        var (tokens, types) = (new string[Size], new int[Size]);
        for (var id = 0; id < Size; id++)
        {
            var known = Parts.Vocabulary.TryGetToken(id, out var text);
            tokens[id] = text ?? string.Create(CultureInfo.InvariantCulture, $"[PAD{id}]");
            types[id] = (int)(!known ? PieceType.Unused : typeOf(id) is not PieceType.Normal and var type ? type
                : !added.TryGetValue(id, out var token) ? PieceType.Normal : token.Special ? PieceType.Control : PieceType.UserDefined);
        }
        Put("model", model);
        Put("tokens", tokens);
        Put("token_type", types);
    }

    /// <summary>Writes the named tokens and which of them stand around a text.</summary>
    public void PutNamed()
    {
        var (before, after, named) = (Parts.Frame.Before, Parts.Frame.After, Parts.Named);
        // Which token begins a text decides ids; what else is called so does not.
        var bos = before is [var first] ? first : named.Bos;
        var eos = after is [var last] ? last : named.Eos;
        PutId("bos", bos);
        PutId("eos", eos);
        PutId("unknown", named.Unknown ?? (Parts.Model as BytePairEncoding)?.Options.UnknownId ?? Parts.SentencePiece?.UnknownId);
        PutId("padding", named.Pad);
        Put("add_bos_token", before.Length == 1 && bos < Size);
        Put("add_eos_token", after.Length == 1 && eos < Size);
        if (before.Length > 1 || after.Length > 1)
            Notes.Add($"The tokenizer puts {before.Length} tokens before a text and {after.Length} after it; the format knows one of each, so there will be none where there were more.");
        if ((named.Bos is { } b && b != bos) || (named.Eos is { } e && e != eos))
            Notes.Add("The token around a text is not the one that the configuration calls the beginning or the end; the file calls it so.");
    }

    private void PutId(string name, int? id)
    {
        if (id < Size)
            Put($"{name}_token_id", (uint)id.Value);
    }
}
