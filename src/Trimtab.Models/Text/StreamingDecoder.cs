namespace Trimtab.Models.Text;

/// <summary>
/// Decodes token by token as a model generates. All that <see cref="Push"/> returned and then <see cref="Flush"/>, put together, is what
/// <see cref="Tokenizer.Decode"/> makes of the whole; and no call ever returns half a character.
/// </summary>
/// <remarks>
/// Text may arrive a token or more late: bytes wait for the rest of their character, and tokenizers with byte fallback cannot show a run of
/// byte tokens before it ends, because one wrong byte in it changes all of it. Not safe for use from several threads.
/// </remarks>
public sealed class StreamingDecoder
{
    private readonly Tokenizer _tokenizer;
    private readonly bool _skipSpecialTokens;
    private readonly TextCollector _text = new();
    private ITextSink _sink;

    /// <summary>Starts a stream.</summary>
    /// <param name="tokenizer">The tokenizer whose ids will come.</param>
    /// <param name="skipSpecialTokens">Whether to leave special tokens out.</param>
    public StreamingDecoder(Tokenizer tokenizer, bool skipSpecialTokens = false)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        _tokenizer = tokenizer;
        _skipSpecialTokens = skipSpecialTokens;
        _sink = tokenizer.Decoder.Attach(_text);
    }

    /// <summary>Takes the next token; returns the text that is certain now, which may be empty.</summary>
    /// <param name="id">A token id; one without a token gives no text.</param>
    /// <exception cref="ArgumentOutOfRangeException">The id is negative.</exception>
    public string Push(int id)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        if (!(_skipSpecialTokens && _tokenizer.IsSpecial(id)) && _tokenizer.TryGetToken(id, out var token))
            _sink.Push(new TextPart(token));
        return _text.Take();
    }

    /// <summary>
    /// Ends the stream; returns the text that was still held back, with U+FFFD for bytes that never became a character. A new stream
    /// may follow.
    /// </summary>
    public string Flush()
    {
        _sink.Flush();
        _sink = _tokenizer.Decoder.Attach(_text);
        return _text.Take();
    }
}
