namespace Trimtab.Models.Text;

/// <summary>How the text of a byte-level GGUF vocabulary is split, by the name under <c>tokenizer.ggml.pre</c>.</summary>
/// <param name="Patterns">Applied one after the other, each to the pieces that the one before left.</param>
/// <param name="IgnoreMerges">A piece that is a token is taken whole.</param>
/// <param name="Composes">The original tokenizer brings text into form C first.</param>
/// <param name="AddsBos">The original tokenizer puts BOS first; used where the file does not say.</param>
internal sealed record GgufSplitRule(string[] Patterns, bool IgnoreMerges = false, bool Composes = false, bool AddsBos = false);

/// <summary>The known names. A name that is not here is an error: a wrong split gives wrong ids without any other sign.</summary>
internal static class GgufSplitRules
{
    private const string LetterRanges =
        @"\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-ώᾀ-ᾴᾶ-ᾼιῂ-ῄῆ-ῌῐ-ΐῖ-Ίῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤΩℨK-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃]+";

    private const string DeepSeekWords =
        """[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+""";

    private const string CasedWords =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+SUFFIX|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*SUFFIX|DIGITS| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private static readonly GgufSplitRule Gpt2 = new([SplitPatterns.Gpt2]);
    private static readonly GgufSplitRule Llama3 = new([SplitPatterns.Llama3], IgnoreMerges: true, AddsBos: true);
    private static readonly GgufSplitRule Qwen2 = new([SplitPatterns.Qwen2], Composes: true);
    private static readonly GgufSplitRule SingleDigits = new([@"\p{N}", SplitPatterns.Gpt2]);
    private static readonly GgufSplitRule DeepSeek3 = new([@"\p{N}{1,3}", "[一-龥぀-ゟ゠-ヿ]+", DeepSeekWords]);

    /// <summary>The rule of a name, or null.</summary>
    public static GgufSplitRule? Find(string name) => name switch
    {
        "default" => new([@"[\p{P}\$\+<=>\^~\|]+", SplitPatterns.Gpt2, @"\p{N}+", "[0-9][0-9][0-9]"]),
        "gpt-2" or "phi-2" or "mpt" or "olmo" or "jais" or "trillion" or "roberta-bpe" or "jina-es" or "jina-de" or "jina-v2-es" or "jina-v2-de"
            or "jina-v1-en" or "jina-v2-code" or "a.x-4.0" or "mellum" or "modern-bert" or "granite-docling" => Gpt2,
        "llama3" or "llama-v3" or "llama-bpe" or "falcon3" or "falcon-h1" or "pixtral" or "midm-2.0" or "lfm2" => Llama3,
        "dbrx" or "smaug-bpe" or "chatglm-bpe" or "glm4" => new([SplitPatterns.Llama3]),
        "qwen2" or "deepseek-r1-qwen" or "kormo" or "megrez" => Qwen2,
        "stablelm2" or "hunyuan" => new([SplitPatterns.Qwen2]),
        "qwen35" => new([SplitPatterns.Qwen35], Composes: true),
        "deepseek-llm" => new(["[\r\n]", LetterRanges, @"\s?[!-/:-~！-／：-～‘-‟　-。]+", @"\s+$", "[一-龥ࠀ-一가-퟿]+", @"\p{N}"], AddsBos: true),
        "deepseek-coder" => new(["[\r\n]", @"\s?\p{L}+", @"\s?\p{P}+", "[一-龥ࠀ-一가-퟿]+", @"\p{N}"], AddsBos: true),
        "deepseek-v3" => DeepSeek3 with { AddsBos = true },
        "hunyuan-dense" or "joyai-llm" => DeepSeek3,
        "falcon" => new([@"[\p{P}\$\+<=>\^~\|`]+", SplitPatterns.Gpt2, "[0-9][0-9][0-9]"]),
        "starcoder" or "refact" or "command-r" or "smollm" or "codeshell" or "exaone" or "minerva-7b" => SingleDigits,
        "bloom" or "poro-chat" or "gpt3-finnish" => new([@" ?[^(\s|.,!?…。，、।۔،)]+"]),
        "viking" => new([@" ?[^(\s|.,!?…。，、।۔،)]+", @"\p{N}"]),
        "tekken" => new([Cased("", @"\p{N}")], IgnoreMerges: true, AddsBos: true),
        "gpt-4o" or "llama4" or "minimax-m2" => new([Cased("(?i:'s|'t|'re|'ve|'m|'ll|'d)?", @"\p{N}{1,3}")], IgnoreMerges: name == "llama4"),
        "seed-coder" => new([SplitPatterns.SeedCoder]),
        "bailingmoe" => new([SplitPatterns.Bailing]),
        _ => null,
    };

    private static string Cased(string suffix, string digits) =>
        CasedWords.Replace("SUFFIX", suffix, StringComparison.Ordinal).Replace("DIGITS", digits, StringComparison.Ordinal);
}
