using System.Text;

namespace Trimtab.Models.Text;

/// <summary>
/// Sentencepiece's decoding: U+2581 becomes a space, except in front of the text if a space was put there, and bytes become characters.
/// Unlike <see cref="ByteFallbackDecoder"/>, a wrong byte spoils only itself, so characters go out as soon as they are complete.
/// </summary>
/// <param name="addDummyPrefix">The normaliser put a space in front: drop one.</param>
/// <param name="removeExtraWhitespaces">The normaliser dropped all spaces in front: drop whatever is there.</param>
internal sealed class SentencePieceDecoder(bool addDummyPrefix, bool removeExtraWhitespaces) : IDecoder
{
    public ITextSink Attach(ITextSink next) => new Sink(addDummyPrefix || removeExtraWhitespaces, removeExtraWhitespaces, next);

    private sealed class Sink(bool dropsFirst, bool dropsAll, ITextSink next) : ITextSink
    {
        private readonly List<byte> _bytes = [];
        private bool _dropping = dropsFirst;

        public void Push(TextPart part)
        {
            if (ByteTokens.TryParse(part.Text, out var value))
            {
                _bytes.Add(value);
                EmitBytes(final: false);
                return;
            }
            EmitBytes(final: true);
            var text = part.Text;
            if (_dropping && text.StartsWith(SentencePieceTokenizer.Mark))
            {
                text = text[1..];
                // Where all leading spaces go, this was perhaps not the last of them.
                _dropping = dropsAll && text.Length == 0;
            }
            Emit(text.Replace(SentencePieceTokenizer.Mark, ' '));
        }

        public void Flush()
        {
            EmitBytes(final: true);
            next.Flush();
        }

        private void Emit(string text)
        {
            if (text.Length > 0)
                _dropping = false;
            next.Push(new TextPart(text));
        }

        private void EmitBytes(bool final)
        {
            while (_bytes.Count > 0)
            {
                var status = Rune.DecodeFromUtf8(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_bytes), out var c, out var used);
                if (status == System.Buffers.OperationStatus.NeedMoreData && !final)
                    return;
                if (status != System.Buffers.OperationStatus.Done)
                    used = 1; // each wrong byte is one U+FFFD
                _bytes.RemoveRange(0, used);
                Emit(c.ToString());
            }
        }
    }
}
