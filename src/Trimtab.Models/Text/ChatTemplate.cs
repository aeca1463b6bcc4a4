using System.Security.Cryptography;
using System.Text;
using Trimtab.Models.Text.Templates;
using Trimtab.Models.Text.Templates.Syntax;
using Trimtab.Models.Text.Templates.Values;

namespace Trimtab.Models.Text;

/// <summary>The text of a chat, with the places of what the assistant says.</summary>
/// <param name="Text">The rendered text.</param>
/// <param name="AssistantSpans">Ranges of characters that the template marks as the assistant's; empty where it marks none.</param>
public sealed record RenderedChat(string Text, IReadOnlyList<Range> AssistantSpans);

/// <summary>
/// The Jinja template that turns a chat into the text a model was trained on, as it stands in the tokenizer files of Hugging Face. It
/// renders byte for byte as the reference implementation does. Templates are treated as what they are, programs of strangers: they
/// reach nothing but the values given to them, and each rendering is bounded by <see cref="TemplateLimits"/>.
/// </summary>
public sealed class ChatTemplate
{
    private readonly IReadOnlyList<Statement> _statements;

    private ChatTemplate(string name, string source, IReadOnlyList<Statement> statements)
    {
        (Name, Source, _statements) = (name, source, statements);
    }

    /// <summary>The name that errors mention.</summary>
    public string Name { get; }

    /// <summary>The template as it was given.</summary>
    public string Source { get; }

    /// <summary>Identifies the template by its source: 16 hexadecimal digits.</summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Source)))[..16];

    /// <summary>Reads a template. Nothing of it runs yet.</summary>
    /// <param name="source">The Jinja source.</param>
    /// <param name="name">What errors call it, such as the file it comes from.</param>
    /// <exception cref="ChatTemplateException">The source does not parse, or names an unknown statement, filter or test.</exception>
    public static ChatTemplate Parse(string source, string name = "chat_template")
    {
        ArgumentNullException.ThrowIfNull(source);
        try
        {
            return new ChatTemplate(name, source, Parser.Parse(source));
        }
        catch (ChatTemplateException error)
        {
            throw error.At(name, line: 1);
        }
    }

    /// <summary>The text of a chat.</summary>
    /// <exception cref="ChatTemplateException">The template refuses the chat, does not suit it, or exceeds a limit.</exception>
    public string Render(Chat chat, ChatTemplateOptions? options = null) => Render(chat, options, withSpans: false).Text;

    /// <summary>
    /// The text of a chat, and where in it the template's <c>generation</c> blocks stand: what a loss on the assistant's words covers.
    /// </summary>
    /// <exception cref="ChatTemplateException">
    /// The template refuses the chat, does not suit it, exceeds a limit, or has a generation block inside of a macro, so that its place
    /// is unknown.
    /// </exception>
    public RenderedChat RenderWithSpans(Chat chat, ChatTemplateOptions? options = null) => Render(chat, options, withSpans: true);

    /// <summary>Renders a template of any kind for any variables; the chat's own rendering is this one with a chat's variables.</summary>
    internal Interpreter Run(IEnumerable<KeyValuePair<string, object?>> variables, TimeProvider clock, TemplateLimits limits)
    {
        Interpreter? run = null;
        try
        {
            var budget = new Budget(limits);
            var conversion = new ValueConversion(budget);
            var values = variables.ToDictionary(variable => variable.Key, variable => conversion.Of(variable.Value));
            run = new Interpreter(budget, values, clock);
            run.Execute(_statements);
            return run;
        }
        catch (ChatTemplateException error)
        {
            throw error.At(Name, run?.Line ?? 1);
        }
    }

    private RenderedChat Render(Chat chat, ChatTemplateOptions? options, bool withSpans)
    {
        ArgumentNullException.ThrowIfNull(chat);
        options ??= ChatTemplateOptions.Default;
        options.Validate();
        var run = Run(Variables(chat, options), options.Clock, options.Limits);
        if (withSpans && run.HasMisplacedGeneration)
            throw Fault.Runtime("a 'generation' block stands inside of a macro or set block: its place is unknown").At(Name, run.Line);
        var text = run.Text;
        if (options.ContinueFinalMessage) text = text[..EndOfFinalMessage(text, chat)];
        return new RenderedChat(text, [.. run.Generations.Where(span => span.Start.Value < text.Length)
            .Select(span => span.Start..Math.Min(span.End.Value, text.Length))]);
    }

    private static Dictionary<string, object?> Variables(Chat chat, ChatTemplateOptions options)
    {
        var variables = new Dictionary<string, object?>
        {
            ["messages"] = chat.Select(message => message.Fields).ToArray(),
            ["tools"] = options.Tools,
            ["documents"] = null,
            ["add_generation_prompt"] = options.AddGenerationPrompt,
        };
        foreach (var (name, token) in options.SpecialTokens) variables[name] = token;
        foreach (var (name, value) in options.Variables) variables[name] = value;
        return variables;
    }

    // The last place at which the last message's words stand. Templates may trim the words, so blanks at their end are kept only where
    // the text has them, too.
    private int EndOfFinalMessage(string text, Chat chat)
    {
        var words = chat.Count > 0 ? LastText(chat[^1]) : throw Fault.Runtime("there is no final message to continue").At(Name, 1);
        var (first, last) = (0, words.Length);
        while (first < last && Characters.IsSpace(words[first])) first++;
        while (last > first && Characters.IsSpace(words[last - 1])) last--;
        var start = text.LastIndexOf(words[first..last], StringComparison.Ordinal);
        if (start < 0)
            throw Fault.Runtime("the final message is to be continued, but the template does not print it as it is").At(Name, 1);
        var whole = words[first..];
        return start + (first == 0 && text.AsSpan(start).StartsWith(whole, StringComparison.Ordinal) ? whole.Length : last - first);
    }

    // Of a list of content parts the last that has a text.
    private string LastText(ChatMessage message)
    {
        var content = new ValueConversion(new Budget(TemplateLimits.Default)).Of(message.Fields.GetValueOrDefault("content"));
        if (content is ListValue parts)
            content = parts.Items.OfType<DictValue>()
                .Select(part => part.Entries.GetValueOrDefault(new StringValue("text")))
                .LastOrDefault(text => text is not null);
        return content is StringValue words ? words.Text : throw Fault.Runtime("the final message has no text to continue").At(Name, 1);
    }
}
