namespace Trimtab.Steering;

/// <summary>Which tokens of an example a method reads, and how their rows become one. An example is a prompt of n tokens and an answer of m ≥ 1.</summary>
public enum TokenRule
{
    /// <summary>The mean over the answer's tokens, n … n + m − 1 (CAA on open answers, STA, persona vectors' response average).</summary>
    AnswerMean,
    /// <summary>The prompt's last token, n − 1.</summary>
    LastPromptToken,
    /// <summary>The token before the last, n + m − 2: the letter of an answer such as "(A)" (CAA on multiple choice).</summary>
    AnswerLetter,
    /// <summary>The mean over the prompt's tokens, 0 … n − 1.</summary>
    WholePrompt,
}

/// <summary>The text form and the token ranges of the rules.</summary>
public static class TokenRules
{
    /// <summary>The names in kebab case, as commands and files write them.</summary>
    public static IReadOnlyDictionary<string, TokenRule> Names { get; } = new Dictionary<string, TokenRule>
    {
        ["answer-mean"] = TokenRule.AnswerMean,
        ["last-prompt-token"] = TokenRule.LastPromptToken,
        ["answer-letter"] = TokenRule.AnswerLetter,
        ["whole-prompt"] = TokenRule.WholePrompt,
    };

    /// <summary>The name of a rule.</summary>
    public static string Name(this TokenRule rule) => Names.Single(pair => pair.Value == rule).Key;

    /// <summary>The rule of a name.</summary>
    /// <exception cref="FormatException">There is no such rule.</exception>
    public static TokenRule Parse(string name) => Names.TryGetValue(name, out var rule)
        ? rule
        : throw new FormatException($"Token rule: '{name}' is not known. Known are {string.Join(", ", Names.Keys)}.");

    /// <summary>The first position read and how many, in an example of <paramref name="length"/> tokens of which <paramref name="promptLength"/> are the prompt.</summary>
    /// <exception cref="ArgumentException">The example has no such token.</exception>
    public static (int First, int Count) Range(this TokenRule rule, int promptLength, int length)
    {
        var (first, count) = rule.Unchecked(promptLength, length);
        return first >= 0 && count > 0
            ? (first, count)
            : throw new ArgumentException($"Token rule {rule.Name()}: an example of {promptLength} prompt and {length - promptLength} answer tokens has no such token.");
    }

    /// <summary>Whether an example has a token that the rule selects.</summary>
    internal static bool HasTokens(this TokenRule rule, EncodedExample example) => rule.Unchecked(example.PromptLength, example.Ids.Length) is (>= 0, > 0);

    private static (int First, int Count) Unchecked(this TokenRule rule, int promptLength, int length) => rule switch
    {
        TokenRule.AnswerMean => (promptLength, length - promptLength),
        TokenRule.LastPromptToken => (promptLength - 1, 1),
        TokenRule.AnswerLetter => (length - 2, 1),
        _ => (0, promptLength),
    };
}
