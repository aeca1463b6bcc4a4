namespace Trimtab.Training.Tokenizers;

/// <summary>
/// A plain form of conversations, for models that are grown from scratch: every message is a token that names its role, its words, and a token that ends it, without any white
/// space of its own.
/// </summary>
/// <example><code>&lt;|system|&gt;Be kind.&lt;|end|&gt;&lt;|user|&gt;Hi&lt;|end|&gt;&lt;|assistant|&gt;Hello&lt;|end|&gt;</code></example>
public static class ChatFormat
{
    /// <summary>The token that ends every message; generation stops at it.</summary>
    public const string EndToken = "<|end|>";

    /// <summary>The token that fills up batches in engines that need one.</summary>
    public const string PadToken = "<|pad|>";

    /// <summary>The Jinja template. It refuses other roles than system, user and assistant, and its generation blocks hold an answer's words and its end token.</summary>
    public const string Template =
        "{% for message in messages %}"
        + "{% if message.role == 'assistant' %}<|assistant|>{% generation %}{{ message.content + '<|end|>' }}{% endgeneration %}"
        + "{% elif message.role in ['system', 'user'] %}{{ '<|' + message.role + '|>' + message.content + '<|end|>' }}"
        + "{% else %}{{ raise_exception('The roles are system, user and assistant; there is no ' + message.role) }}{% endif %}"
        + "{% endfor %}"
        + "{% if add_generation_prompt %}<|assistant|>{% endif %}";

    /// <summary>The special tokens that a tokenizer for this form is trained with.</summary>
    public static IReadOnlyList<string> SpecialTokens { get; } = ["<|system|>", "<|user|>", "<|assistant|>", EndToken, PadToken];

    /// <summary>The settings of a tokenizer for this form.</summary>
    public static TokenizerSettings Settings { get; } = new() { EndToken = EndToken, PadToken = PadToken, ChatTemplate = Template };
}
