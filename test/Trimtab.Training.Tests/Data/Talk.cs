using Trimtab.Models;
using Trimtab.Models.Text;
using Trimtab.Training.Data;
using Trimtab.Training.Tests.Tokenizers;
using Trimtab.Training.Tokenizers;

namespace Trimtab.Training.Tests.Data;

/// <summary>A chat, a tokenizer for it, and what tests ask of texts.</summary>
internal static class Talk
{
    public static Tokenizer Tokenizer { get; } = Corpus.Vocabulary.ToTokenizer(ChatFormat.Settings);

    public static ChatEncoder Encoder { get; } = EncoderOf(ChatFormat.Template);

    public static Chat TwoAnswers { get; } = Chat.System("Be kind.").WithUser("Where is the boat?").WithAssistant("In the harbour.").WithUser("And the wind?").WithAssistant("Follows.");

    public static ChatEncoder EncoderOf(string template, Tokenizer? tokenizer = null) => new(tokenizer ?? Tokenizer, ChatTemplate.Parse(template));

    /// <summary>The stretches of tokens with a loss, as text.</summary>
    public static IReadOnlyList<string> Learned(LossText text, Tokenizer? tokenizer = null)
    {
        var stretches = new List<List<int>>();
        for (int i = 0; i < text.Ids.Length; i++)
            if (text.HasLoss[i])
            {
                if (i == 0 || !text.HasLoss[i - 1])
                    stretches.Add([]);
                stretches[^1].Add(text.Ids[i]);
            }
        return [.. stretches.Select(stretch => (tokenizer ?? Tokenizer).Decode([.. stretch]))];
    }

    /// <summary>A text of so many tokens, all with a loss, that another number tells apart.</summary>
    public static LossText Text(int length, int number) => LossText.Whole([.. Enumerable.Repeat(number, length)]);

    public static IReadOnlyList<int> Numbers(IEnumerable<LossText> texts) => [.. texts.Select(text => text.Ids[0])];
}
