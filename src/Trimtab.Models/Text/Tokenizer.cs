using System.Text;

namespace Trimtab.Models.Text;

/// <summary>
/// Turns text into token ids and back, exactly as the tokenizer that a model was trained with. Immutable; safe to use from several threads.
/// </summary>
/// <remarks>
/// Encoding: added tokens are cut out of the text, the stretches between them are normalised and pre-split, and the subword model encodes
/// each piece. The order of the steps and their details are those of Hugging Face's tokenizers, of sentencepiece, or of llama.cpp,
/// according
/// to the file. Truncation and padding settings of a file are not applied: how long a sequence may be is the caller's decision.
/// </remarks>
public sealed class Tokenizer
{
    private readonly TokenizerParts _parts;
    private readonly AddedTokenSplitter _splitter;
    private readonly HashSet<int> _special;

    internal Tokenizer(TokenizerParts parts)
    {
        _parts = parts;
        _splitter = new AddedTokenSplitter(parts.AddedTokens, parts.Normalizer);
        _special = [.. parts.AddedTokens.Where(token => token.Special).Select(token => token.Id)];
    }

    /// <summary>
    /// One more than the largest token id. A model's embedding may have more rows than that; the extra ones have no token.
    /// </summary>
    public int VocabularySize => _parts.Vocabulary.Size;

    /// <summary>The token that begins a sequence, where the files name one.</summary>
    public int? BosId => _parts.Named.Bos;

    /// <summary>
    /// The token that ends a sequence, where the files name one. Generation may have to stop at others too; see the model's
    /// generation settings.
    /// </summary>
    public int? EosId => _parts.Named.Eos;

    /// <summary>The token that fills up batches, where the files name one.</summary>
    public int? PadId => _parts.Named.Pad;

    /// <summary>The token for what the vocabulary cannot spell, where the files name one.</summary>
    public int? UnknownId => _parts.Named.Unknown;

    /// <summary>Loads the tokenizer of a model folder, or a single tokenizer file.</summary>
    /// <param name="folderOrFile">
    /// A folder with tokenizer.json, tokenizer.model, or vocab.json and merges.txt (the first of them that is there), and perhaps
    /// tokenizer_config.json; or one tokenizer.json or tokenizer.model file, whose folder's tokenizer_config.json is read too.
    /// </param>
    /// <exception cref="TokenizerFormatException">A file is malformed or asks for something unsupported.</exception>
    /// <exception cref="FileNotFoundException">There is no such file, or no tokenizer in the folder.</exception>
    public static Tokenizer Load(string folderOrFile) => TokenizerFolder.Load(folderOrFile);

    /// <summary>Reads a Hugging Face tokenizer.json.</summary>
    /// <param name="json">The file's UTF-8 text.</param>
    /// <param name="file">How error messages call the file.</param>
    /// <param name="configJson">The text of the tokenizer_config.json beside it, which names the BOS and EOS tokens; empty for none.</param>
    /// <exception cref="TokenizerFormatException">The file is malformed or asks for something unsupported.</exception>
    public static Tokenizer FromTokenizerJson(ReadOnlyMemory<byte> json, string file = "tokenizer.json",
        ReadOnlyMemory<byte> configJson = default) =>
        TokenizerJson.Read(json, file, TokenizerFolder.Config(configJson, "tokenizer_config.json"));

    /// <summary>
    /// Reads a tokenizer.model: sentencepiece's format (BPE or unigram), or the list of base64 byte strings and ranks that Llama 3 ships
    /// under
    /// the same name.
    /// </summary>
    /// <param name="model">The file's bytes.</param>
    /// <param name="file">How error messages call the file.</param>
    /// <param name="configJson">
    /// The text of the tokenizer_config.json beside it; empty for none. Without its add_bos_token and add_eos_token the file's BOS token,
    /// if it
    /// has one, is added and no EOS token.
    /// </param>
    /// <exception cref="TokenizerFormatException">The file is malformed or asks for something unsupported.</exception>
    public static Tokenizer FromSentencePiece(ReadOnlyMemory<byte> model, string file = "tokenizer.model",
        ReadOnlyMemory<byte> configJson = default)
    {
        var config = TokenizerFolder.Config(configJson, "tokenizer_config.json");
        return TiktokenFile.LooksLike(model.Span) ? TiktokenFile.Read(model.Span, file, config)
            : SentencePieceFile.Read(model.Span, file, config);
    }

    /// <summary>Builds the tokenizer that a GGUF file's metadata describes (keys under <c>tokenizer.ggml.</c>).</summary>
    /// <param name="metadata">All key-value pairs of the file: arrays as typed .NET arrays, scalars as boxed primitives.</param>
    /// <param name="file">How error messages call the file.</param>
    /// <exception cref="TokenizerFormatException">The metadata are incomplete, contradictory, or ask for something unsupported.</exception>
    public static Tokenizer FromGguf(IReadOnlyDictionary<string, object> metadata, string file = "the GGUF file") =>
        GgufTokenizer.Read(metadata, file);

    /// <summary>Encodes a text.</summary>
    /// <param name="text">Any text; half a surrogate pair counts as U+FFFD.</param>
    /// <param name="addSpecialTokens">Whether to put the tokens around it that the model expects around a text, such as BOS.</param>
    /// <param name="parseSpecialTokens">
    /// Whether text that looks like a special token becomes that token: true for rendered chat templates. Pass false for what a user wrote,
    /// who could otherwise end his own turn. Markers that files call unspecial (such as <c>&lt;think&gt;</c>) are then text as well;
    /// added tokens that are ordinary words or white space stay tokens.
    /// </param>
    /// <returns>The token ids.</returns>
    public int[] Encode(string text, bool addSpecialTokens = true, bool parseSpecialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        var stretches = new List<AddedTokenSplitter.Stretch>();
        _splitter.Split(WellFormed(text), parseSpecialTokens, stretches);
        var ids = new List<int>(text.Length / 3 + 4);
        if (addSpecialTokens)
            ids.AddRange(_parts.Frame.Before);
        foreach (var stretch in stretches)
            if (stretch.TokenId >= 0)
                ids.Add(stretch.TokenId);
            else
                EncodeStretch(stretch, ids);
        if (addSpecialTokens)
            ids.AddRange(_parts.Frame.After);
        return [.. ids];
    }

    /// <summary>
    /// Turns ids back into text. Spaces are never tidied up: what was encoded comes back as far as the tokenizer permits.
    /// </summary>
    /// <param name="ids">Token ids; ids without a token (padding rows of an embedding) give no text.</param>
    /// <param name="skipSpecialTokens">Whether to leave special tokens out.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is negative.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = false)
    {
        var decoder = new StreamingDecoder(this, skipSpecialTokens);
        var text = new StringBuilder();
        foreach (var id in ids)
            text.Append(decoder.Push(id));
        return text.Append(decoder.Flush()).ToString();
    }

    /// <summary>The text of a token as the vocabulary writes it, for example <c>Ġthe</c> or <c>▁the</c> for " the".</summary>
    /// <exception cref="ArgumentOutOfRangeException">No token has this id.</exception>
    public string TokenText(int id) => _parts.Vocabulary.TryGetToken(id, out var token) ? token
        : throw new ArgumentOutOfRangeException(nameof(id), id,
            $"TokenText: no token has the id {id}; ids lie in 0..{VocabularySize - 1}.");

    /// <summary>The id of a token, written as in the vocabulary, or null where there is no such token.</summary>
    public int? IdOf(string token) => _parts.Vocabulary.TryGetId(token, out var id) ? id : null;

    /// <summary>Whether a token carries structure rather than text, so that decoding may skip it.</summary>
    public bool IsSpecial(int id) => _special.Contains(id);

    internal IDecoder Decoder => _parts.Decoder;

    internal bool TryGetToken(int id, out string token)
    {
        var found = _parts.Vocabulary.TryGetToken(id, out var text);
        token = text ?? "";
        return found;
    }

    private void EncodeStretch(AddedTokenSplitter.Stretch stretch, List<int> ids)
    {
        if (_parts.PreTokenizer is null)
        {
            _parts.Model.Encode(stretch.Text, ids);
            return;
        }
        var pieces = new List<Piece>();
        _parts.PreTokenizer.Apply([new Piece(stretch.Text.AsMemory(), stretch.AtStart)], pieces);
        foreach (var piece in pieces)
            _parts.Model.Encode(piece.Text.Span, ids);
    }

    private static string WellFormed(string text)
    {
        for (var at = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF'); at >= 0 && at < text.Length; at++)
            if (char.IsSurrogate(text[at]) && !char.IsSurrogatePair(text, at++))
                return string.Concat(text.EnumerateRunes()); // the enumeration replaces what is not a character
        return text;
    }
}
