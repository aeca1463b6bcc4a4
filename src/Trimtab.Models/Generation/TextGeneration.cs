using System.Runtime.CompilerServices;
using Trimtab.Models.Text;

namespace Trimtab.Models.Generation;

/// <summary>The short way to text: a conversation or a plain text in, pieces of text out.</summary>
public static class TextGeneration
{
    extension(LoadedModel model)
    {
        /// <summary>Answers a conversation; yields the answer piece by piece. Ending the enumeration ends the generation.</summary>
        /// <param name="chat">The conversation, ending with what is to be answered.</param>
        /// <param name="options">How to choose and when to stop; the checkpoint's own recommendation where null.</param>
        /// <param name="cancellation">Ends the generation.</param>
        public IAsyncEnumerable<string> GenerateAsync(Chat chat, GenerationOptions? options = null, CancellationToken cancellation = default) =>
            Stream(model, model.EncodeChat(chat), options, cancellation);

        /// <summary>Continues a plain text; yields the continuation piece by piece.</summary>
        public IAsyncEnumerable<string> ContinueAsync(string text, GenerationOptions? options = null, CancellationToken cancellation = default) =>
            Stream(model, model.EncodeText(text), options, cancellation);
    }

    private static async IAsyncEnumerable<string> Stream(LoadedModel model, int[] prompt, GenerationOptions? options, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var request = new GenerationRequest(prompt, options ?? model.GenerationDefaults);
        await foreach (var token in new Generator(model).StreamAsync(request, cancellation).ConfigureAwait(false))
            if (token.Text.Length > 0)
                yield return token.Text;
    }
}
