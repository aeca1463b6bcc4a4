using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Trimtab.Models;
using Trimtab.Models.Text;

namespace Trimtab.Evaluation.Screening;

/// <summary>What an answer was given to.</summary>
public abstract record ScreenPrompt
{
    private protected ScreenPrompt()
    {
    }

    /// <summary>What of it people read: the last words before the answer, or the whole text.</summary>
    public abstract string Words { get; }

    /// <summary>Everything in it that tells it from another.</summary>
    internal abstract IEnumerable<string> Content { get; }

    /// <summary>The tokens after which the model would answer.</summary>
    internal abstract int[] Encode(LoadedModel model);
}

/// <summary>A conversation up to an answer; the model's template makes the text.</summary>
/// <param name="Chat">The messages before the answer: system prompt, earlier turns and all.</param>
public sealed record ChatPrompt(Chat Chat) : ScreenPrompt
{
    /// <inheritdoc/>
    public override string Words => Chat.Count > 0 ? Chat[^1].Content : "";

    internal override IEnumerable<string> Content => Chat.SelectMany(message => (string[])[message.Role, message.Content]);

    internal override int[] Encode(LoadedModel model) => model.EncodeChat(Chat);
}

/// <summary>The text itself that the model saw, special tokens and the header of the answer included, as published files of rollouts hold it.</summary>
/// <param name="Text">The text.</param>
public sealed record TextPrompt(string Text) : ScreenPrompt
{
    /// <inheritdoc/>
    public override string Words => Text;

    internal override IEnumerable<string> Content => [Text];

    internal override int[] Encode(LoadedModel model) => model.RequireTokenizer().Encode(Text, addSpecialTokens: false);
}

/// <summary>A prompt and the answer that is screened.</summary>
/// <param name="Prompt">The prompt x.</param>
/// <param name="Answer">The answer y.</param>
public sealed record ScreenSample(ScreenPrompt Prompt, string Answer)
{
    /// <summary>Identifies prompt and answer by their content: 16 hexadecimal digits.</summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize<string[]>([.. Prompt.Content, Answer]))))[..16];

    /// <summary>The last answer of a chat, to everything before it. Earlier answers belong to the prompt; what follows the last one is left out.</summary>
    /// <param name="chat">A chat with an answer.</param>
    /// <exception cref="ArgumentException">No message is the assistant's.</exception>
    public static ScreenSample OfChat(Chat chat)
    {
        ArgumentNullException.ThrowIfNull(chat);
        int last = chat.Index().LastOrDefault(message => message.Item.IsAssistants, (-1, null!)).Index;
        return last >= 0 ? new ScreenSample(new ChatPrompt(new Chat(chat.Take(last))), chat[last].Content)
            : throw new ArgumentException($"Screen: none of the chat's {chat.Count} messages is the assistant's — an answer is what is screened. Give a chat with one.", nameof(chat));
    }
}

/// <summary>A row of a data set: what it holds, or what is wrong with it.</summary>
/// <param name="Line">The line of its file on which it begins, from 1.</param>
/// <param name="Sample">Prompt and answer; null where the row cannot be used.</param>
/// <param name="Problem">Why it cannot be used; null where it can.</param>
public sealed record ScreenRow(int Line, ScreenSample? Sample, DataProblem? Problem = null);
