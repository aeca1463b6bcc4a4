using System.Text;

namespace Trimtab.Models.Text;

/// <summary>A token's text on its way to plain text, or a part of it: a step that makes one token of many hands it on in parts.</summary>
internal readonly record struct TextPart(string Text, bool StartsToken = true, bool EndsToken = true);

/// <summary>
/// Receives the parts in order. A decoder is a chain of these, so that decoding a whole sequence and decoding it as it arrives are one and
/// the same computation.
/// </summary>
internal interface ITextSink
{
    void Push(TextPart part);

    /// <summary>No more will come: whatever was held back must go out.</summary>
    void Flush();
}

/// <summary>One step from token texts to plain text. Itself immutable; each run gets a sink of its own.</summary>
internal interface IDecoder
{
    ITextSink Attach(ITextSink next);
}

/// <summary>Several decoders, one after the other.</summary>
internal sealed class DecoderSequence(IReadOnlyList<IDecoder> parts) : IDecoder
{
    public ITextSink Attach(ITextSink next) => parts.Reverse().Aggregate(next, (sink, part) => part.Attach(sink));
}

/// <summary>The end of the chain.</summary>
internal sealed class TextCollector : ITextSink
{
    private readonly StringBuilder _text = new();

    public void Push(TextPart part) => _text.Append(part.Text);

    public void Flush()
    {
    }

    /// <summary>What has arrived since the last call.</summary>
    public string Take()
    {
        var text = _text.ToString();
        _text.Clear();
        return text;
    }
}
