namespace Trimtab.Models.Text;

/// <summary>The splitting patterns of published tokenizers, and the way from a pattern's text to something that runs it.</summary>
internal static class SplitPatterns
{
    public const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    public const string Contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";

    public const string Llama3 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public const string Qwen2 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public const string Qwen35 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public const string SeedCoder =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+|\s*[\r\n]+|\s+(?!\S)|\s+";

    public const string Bailing =
        @"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+";

    /// <summary>
    /// Compiles a regular expression; the best-known ones have scanners of their own, which tests hold against the general way.
    /// </summary>
    public static ISplitPattern Compile(string pattern) => pattern switch
    {
        Gpt2 => new Gpt2Scanner(),
        Llama3 => new Llama3Scanner(digits: 3),
        Qwen2 => new Llama3Scanner(digits: 1),
        _ => new RegexPattern(pattern),
    };

    /// <summary>What byte-level tokenizers do to text: split by one pattern after the other, then spell the bytes.</summary>
    public static IPreTokenizer ByteLevel(params IEnumerable<string> patterns) => new PreTokenizerSequence(
        [.. patterns.Select(pattern => new Split(Compile(pattern), SplitBehavior.Isolated)), new ByteLevel(addPrefixSpace: false, split: null)]);

    /// <summary>GPT-2's split into words.</summary>
    public static IPreTokenizer Gpt2Split() => new Split(Compile(Gpt2), SplitBehavior.Isolated);
}
