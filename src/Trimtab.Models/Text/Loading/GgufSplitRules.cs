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
    // Letters with case, in escapes: some of them do not survive an editor that normalises text.
    private const string LetterRanges =
        @"\s?[A-Za-z\u00B5\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u01BA\u01BC-\u01BF\u01C4-\u0293\u0295-\u02AF\u0370-\u0373\u0376"
        + @"\u0377\u037B-\u037D\u037F\u0386\u0388-\u038A\u038C\u038E-\u03A1\u03A3-\u03F5\u03F7-\u0481\u048A-\u052F\u0531-\u0556"
        + @"\u10A0-\u10C5\u13A0-\u13F5\u13F8-\u13FD\u1C90-\u1CBA\u1CBD-\u1CBF\u1D00-\u1D2B\u1D6B-\u1D77\u1D79-\u1D9A\u1E00-\u1F15"
        + @"\u1F18-\u1F1D\u1F20-\u1F45\u1F48-\u1F4D\u1F50-\u1F57\u1F59\u1F5B\u1F5D\u1F5F-\u1F7D\u1F80-\u1FB4\u1FB6-\u1FBC\u1FBE"
        + @"\u1FC2-\u1FC4\u1FC6-\u1FCC\u1FD0-\u1FD3\u1FD6-\u1FDB\u1FE0-\u1FEC\u1FF2-\u1FF4\u1FF6-\u1FFC\u2102\u2107\u210A-\u2113"
        + @"\u2115\u2119-\u211D\u2124\u2126\u2128\u212A-\u212D\u212F-\u2134\u2139\u213C-\u213F\u2145-\u2149\u214E\u2183\u2184"
        + @"\u2C00-\u2C7B\u2C7E-\u2CE4\u2CEB-\u2CEE\u2CF2\u2CF3\uA640-\uA66D\uA680-\uA69B\uA722-\uA76F\uA771-\uA787\uA78B-\uA78E"
        + @"\uAB70-\uABBF\uFB00-\uFB06\uFB13-\uFB17\uFF21-\uFF3A\uFF41-\uFF5A\x{10400}-\x{1044F}\x{104B0}-\x{104D3}\x{104D8}-"
        + @"\x{104FB}\x{10C80}-\x{10CB2}\x{10CC0}-\x{10CF2}\x{118A0}-\x{118DF}\x{1E900}-\x{1E943}]+";

    private const string DeepSeekWords =
        """[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+""";

    private const string DeepSeekPunctuation = @"\s?[!-/:-~\uFF01-\uFF0F\uFF1A-\uFF5E\u2018-\u201F\u3000-\u3002]+";

    private const string DeepSeekIdeographs = @"[\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+";

    private const string BloomWords = @" ?[^(\s|.,!?\u2026\u3002\uFF0C\u3001\u0964\u06D4\u060C)]+";

    // Words of upper then lower case; a letter without case counts as either.
    private const string Lead = @"[^\r\n\p{L}\p{N}]?";

    private const string Upper = @"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]";

    private const string Lower = @"[\p{Ll}\p{Lm}\p{Lo}\p{M}]";

    private const string KimiUpper = @"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]";

    private const string KimiLower = @"[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]";

    private const string KimiWords =
        $@"[\p{{Han}}]+|{Lead}{KimiUpper}*{KimiLower}+{SplitPatterns.Contractions}?|{Lead}{KimiUpper}+{KimiLower}*{SplitPatterns.Contractions}?"
        + @"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private static readonly GgufSplitRule Gpt2 = new([SplitPatterns.Gpt2]);
    private static readonly GgufSplitRule Llama3 = new([SplitPatterns.Llama3], IgnoreMerges: true, AddsBos: true);
    private static readonly GgufSplitRule Qwen2 = new([SplitPatterns.Qwen2], Composes: true);

    /// <summary>The rule of a name, or null.</summary>
    public static GgufSplitRule? Find(string name) => name switch
    {
        "default" => new([@"[\p{P}\$\+<=>\^~\|]+", SplitPatterns.Gpt2, @"\p{N}+", "[0-9][0-9][0-9]"]),
        "gpt-2" or "phi-2" or "mpt" or "olmo" or "jais" or "trillion" or "jina-es" or "jina-de" or "jina-v2-es" or "jina-v2-de" or "gigachat"
            or "a.x-4.0" or "mellum" or "modern-bert" or "exaone4" or "granite-docling" => Gpt2,
        "llama3" or "llama-v3" or "llama-bpe" or "falcon3" or "falcon-h1" or "pixtral" or "midm-2.0" or "lfm2" or "jina-v5-nano" => Llama3,
        "dbrx" or "smaug-bpe" or "chatglm-bpe" or "glm4" => new([SplitPatterns.Llama3]),
        "qwen2" or "deepseek-r1-qwen" or "kormo" or "f2llmv2" or "megrez" => Qwen2,
        "stablelm2" or "hunyuan" or "grok-2" or "solar-open" => new([SplitPatterns.Qwen2]),
        "qwen35" => new([SplitPatterns.Qwen35], Composes: true),
        "deepseek-llm" => new(["[\r\n]", LetterRanges, DeepSeekPunctuation, @"\s+$", DeepSeekIdeographs, @"\p{N}"]),
        "deepseek-coder" => new(["[\r\n]", @"\s?\p{L}+", @"\s?\p{P}+", DeepSeekIdeographs, @"\p{N}"]),
        "deepseek-v3" or "hunyuan-dense" or "joyai-llm" =>
            new([@"\p{N}{1,3}", @"[\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+", DeepSeekWords]),
        "falcon" => new([@"[\p{P}\$\+<=>\^~\|`]+", SplitPatterns.Gpt2, "[0-9][0-9][0-9]"]),
        "starcoder" or "refact" or "command-r" or "smollm" or "codeshell" or "exaone" or "minerva-7b" or "mellum2" =>
            new([@"\p{N}", SplitPatterns.Gpt2]),
        "bloom" or "poro-chat" or "gpt3-finnish" => new([BloomWords]),
        "viking" => new([BloomWords, @"\p{N}"]),
        "tekken" => new([Cased("", @"\p{N}")], IgnoreMerges: true, AddsBos: true),
        "gpt-4o" or "llama4" or "kanana2" or "talkie" or "minimax-m2" => new([Cased(SplitPatterns.Contractions + "?", @"\p{N}{1,3}")]),
        "kimi-k2" => new([KimiWords]),
        "seed-coder" => new([SplitPatterns.SeedCoder]),
        "bailingmoe" or "bailingmoe2" or "llada-moe" => new([SplitPatterns.Bailing]),
        _ => null,
    };

    private static string Cased(string suffix, string digits) =>
        $@"{Lead}{Upper}*{Lower}+{suffix}|{Lead}{Upper}+{Lower}*{suffix}|{digits}| ?[^\s\p{{L}}\p{{N}}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";
}
