using System.Text.Json;
using Trimtab.Models.Text.Templates;

namespace Trimtab.Models.Text;

/// <summary>What a rendering of a <see cref="ChatTemplate"/> depends on besides the chat.</summary>
public sealed record ChatTemplateOptions
{
    /// <summary>No generation prompt, no tools, no special tokens.</summary>
    public static ChatTemplateOptions Default { get; } = new();

    /// <summary>Ends the text with the header of the assistant's next message, so that a model answers. Default false.</summary>
    public bool AddGenerationPrompt { get; init; }

    /// <summary>
    /// Ends the text right after the words of the last message, so that a model continues that message. Default false; excludes
    /// <see cref="AddGenerationPrompt"/>.
    /// </summary>
    public bool ContinueFinalMessage { get; init; }

    /// <summary>The tools on offer: a JSON array of function schemas, or null for none.</summary>
    public JsonElement? Tools { get; init; }

    /// <summary>The variables <c>bos_token</c>, <c>eos_token</c> and so on. What is absent is undefined in the template.</summary>
    public IReadOnlyDictionary<string, string> SpecialTokens { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Further variables that the template knows, such as <c>enable_thinking</c>: texts, numbers, bools, null, JSON, or lists and
    /// dictionaries of those. They win over all others of the same name.
    /// </summary>
    public IReadOnlyDictionary<string, object?> Variables { get; init; } = new Dictionary<string, object?>();

    /// <summary>The clock of <c>strftime_now</c>; templates that print today's date use it. Default: the system's local time.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>How much the rendering may do before it is stopped.</summary>
    public TemplateLimits Limits { get; init; } = TemplateLimits.Default;

    internal void Validate()
    {
        if (AddGenerationPrompt && ContinueFinalMessage)
            throw new ArgumentException(
                "Chat template options: AddGenerationPrompt and ContinueFinalMessage exclude each other — the text cannot both begin a new "
                + "message and go on with the last one. Choose one.");
    }
}
