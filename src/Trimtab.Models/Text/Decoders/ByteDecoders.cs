using System.Text;

namespace Trimtab.Models.Text;

/// <summary>
/// Reads the byte-level alphabet back into bytes and the bytes as UTF-8. A token with any character outside the alphabet is an added token
/// and stands for itself. Bytes that cannot become a character turn into U+FFFD, but only once that is certain.
/// </summary>
internal sealed class ByteLevelDecoder : IDecoder
{
    public ITextSink Attach(ITextSink next) => new Fuse().Attach(new Utf8Sink(next));

    private sealed class Utf8Sink(ITextSink next) : ITextSink
    {
        private readonly System.Text.Decoder _utf8 = Encoding.UTF8.GetDecoder();

        public void Push(TextPart part) => next.Push(part with { Text = Read(BytesOf(part.Text), flush: part.EndsToken) });

        public void Flush() => next.Flush();

        private static byte[] BytesOf(string token)
        {
            var bytes = new byte[token.Length];
            for (var i = 0; i < bytes.Length; i++)
            {
                var value = ByteAlphabet.ByteOf(token[i]);
                if (value < 0)
                    return Encoding.UTF8.GetBytes(token);
                bytes[i] = (byte)value;
            }
            return bytes;
        }

        private string Read(byte[] bytes, bool flush)
        {
            // One more unit than bytes: a character that began in an earlier token may end here as a surrogate pair.
            var characters = new char[Encoding.UTF8.GetMaxCharCount(bytes.Length + 4)];
            return new string(characters, 0, _utf8.GetChars(bytes, characters, flush));
        }
    }
}

/// <summary>
/// Joins runs of byte tokens such as <c>&lt;0xE2&gt;</c> into characters. A run with a single wrong byte in it becomes as many U+FFFD as it
/// has bytes, all of it: so a run can only be handed on when it is over.
/// </summary>
internal sealed class ByteFallbackDecoder : IDecoder
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public ITextSink Attach(ITextSink next) => new Sink(next);

    private sealed class Sink(ITextSink next) : ITextSink
    {
        private readonly List<byte> _run = [];

        public void Push(TextPart part)
        {
            if (part is { StartsToken: true, EndsToken: true } && ByteTokens.TryParse(part.Text, out var value))
            {
                _run.Add(value);
                return;
            }
            EndRun();
            next.Push(part);
        }

        public void Flush()
        {
            EndRun();
            next.Flush();
        }

        private void EndRun()
        {
            if (_run.Count == 0)
                return;
            byte[] bytes = [.. _run];
            _run.Clear();
            try
            {
                next.Push(new TextPart(Strict.GetString(bytes)));
            }
            catch (DecoderFallbackException)
            {
                foreach (var _ in bytes)
                    next.Push(new TextPart("\uFFFD"));
            }
        }
    }
}
