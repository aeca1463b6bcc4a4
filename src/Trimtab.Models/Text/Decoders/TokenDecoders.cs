using System.Text;

namespace Trimtab.Models.Text;

/// <summary>Rewrites text without regard to where tokens begin, character by character at most: parts pass at once.</summary>
internal sealed class PartDecoder(Func<string, string> rewrite) : IDecoder
{
    public ITextSink Attach(ITextSink next) => new Sink(rewrite, next);

    private sealed class Sink(Func<string, string> rewrite, ITextSink next) : ITextSink
    {
        public void Push(TextPart part) => next.Push(part with { Text = rewrite(part.Text) });

        public void Flush() => next.Flush();
    }
}

/// <summary>
/// Rewrites each token by itself, given its text and its place in the sequence. A token that comes in parts is gathered first.
/// </summary>
internal sealed class TokenDecoder(Func<string, int, string> rewrite) : IDecoder
{
    public ITextSink Attach(ITextSink next) => new Sink(rewrite, next);

    private sealed class Sink(Func<string, int, string> rewrite, ITextSink next) : ITextSink
    {
        private readonly StringBuilder _parts = new();
        private int _index;

        public void Push(TextPart part)
        {
            if (!part.EndsToken)
            {
                _parts.Append(part.Text);
                return;
            }
            var text = _parts.Length == 0 ? part.Text : _parts.Append(part.Text).ToString();
            _parts.Clear();
            next.Push(new TextPart(rewrite(text, _index++)));
        }

        public void Flush() => next.Flush();
    }
}

/// <summary>Makes one token of all.</summary>
internal sealed class Fuse : IDecoder
{
    public ITextSink Attach(ITextSink next) => new Sink(next);

    private sealed class Sink(ITextSink next) : ITextSink
    {
        private bool _started;

        public void Push(TextPart part)
        {
            next.Push(new TextPart(part.Text, StartsToken: !_started, EndsToken: false));
            _started = true;
        }

        public void Flush()
        {
            next.Push(new TextPart("", StartsToken: !_started));
            next.Flush();
        }
    }
}

/// <summary>Removes up to a number of one character from either end of each token.</summary>
/// <param name="content">The character.</param>
/// <param name="start">How many to remove at the start, at most.</param>
/// <param name="stop">How many to remove at the end, at most.</param>
internal sealed class StripDecoder(char content, int start, int stop) : IDecoder
{
    public ITextSink Attach(ITextSink next) => new Sink(content, start, stop, next);

    private sealed class Sink(char content, int start, int stop, ITextSink next) : ITextSink
    {
        private bool _starts = true;
        private int _left;
        private int _held; // characters at the end that might have to go

        public void Push(TextPart part)
        {
            if (part.StartsToken)
                (_starts, _left, _held) = (true, start, 0);
            var text = part.Text.AsSpan();
            while (_left > 0 && text.Length > 0 && text[0] == content)
            {
                text = text[1..];
                _left--;
            }
            if (text.Length > 0)
                _left = 0;
            // What was held joins what came; only the outermost characters, at most `stop` of them, stay held.
            var whole = new string(content, _held) + text.ToString();
            _held = Math.Min(stop, whole.Length - whole.AsSpan().TrimEnd(content).Length);
            next.Push(new TextPart(whole[..^_held], _starts, part.EndsToken));
            _starts = false;
        }

        public void Flush() => next.Flush();
    }
}

/// <summary>Ends of words were marked; between words goes a space, after the last nothing.</summary>
internal sealed class EndOfWordDecoder(string suffix) : IDecoder
{
    public ITextSink Attach(ITextSink next) => new Sink(suffix, next);

    private sealed class Sink(string suffix, ITextSink next) : ITextSink
    {
        private readonly StringBuilder _parts = new();
        private string? _waiting;

        public void Push(TextPart part)
        {
            if (part.StartsToken && _waiting is not null)
            {
                Release(" ");
                _waiting = null;
            }
            _parts.Append(part.Text);
            if (!part.EndsToken)
                return;
            _waiting = _parts.ToString();
            _parts.Clear();
        }

        public void Flush()
        {
            if (_waiting is not null)
                Release("");
            next.Flush();
        }

        private void Release(string between) =>
            next.Push(new TextPart(suffix.Length == 0 ? _waiting! : _waiting!.Replace(suffix, between, StringComparison.Ordinal)));
    }
}

/// <summary>The decoders that are one small function.</summary>
internal static class Decoders
{
    /// <summary>Tokens with a space between them: what a tokenizer without a decoder does.</summary>
    public static IDecoder SpaceSeparated() => new TokenDecoder((token, index) => index == 0 ? token : " " + token);

    public static IDecoder Replace(ISplitPattern pattern, string replacement, bool singleCharacters)
    {
        var replace = new ReplaceMatches(pattern, replacement);
        return singleCharacters ? new PartDecoder(replace.Normalize) : new TokenDecoder((token, _) => replace.Normalize(token));
    }

    /// <summary>Marks become spaces; in the first token they vanish if the tokenizer put them there.</summary>
    public static IDecoder Metaspace(char replacement, PrependScheme scheme) => new TokenDecoder((token, index) =>
        index == 0 && scheme != PrependScheme.Never
            ? token.Replace(replacement.ToString(), "", StringComparison.Ordinal)
            : token.Replace(replacement, ' '));

    /// <summary>A space before each token that does not continue a word; the clean-up pulls English punctuation back to its word.</summary>
    public static IDecoder WordPiece(string prefix, bool cleanup) => new TokenDecoder((token, index) =>
    {
        if (index > 0)
            token = prefix.Length > 0 && token.StartsWith(prefix, StringComparison.Ordinal) ? token[prefix.Length..] : " " + token;
        return cleanup ? CleanUp(token) : token;
    });

    private static string CleanUp(string text)
    {
        foreach (var (apart, joined) in (ReadOnlySpan<(string, string)>)[(" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"),
            (" n't", "n't"), (" 'm", "'m"), (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re")])
            text = text.Replace(apart, joined, StringComparison.Ordinal);
        return text;
    }
}
