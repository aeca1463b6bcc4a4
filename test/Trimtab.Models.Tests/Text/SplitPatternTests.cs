using Trimtab.Models.Text;
using Xunit;

namespace Trimtab.Models.Tests.Text;

public sealed class SplitPatternTests
{
    // Letters, digits and symbols inside and outside the basic plane, marks, odd spaces, line ends, contractions in odd case.
    private static readonly string[] Characters =
        ["a", "Z", "é", "ſ", "'", "s", "T", "re", "LL", "Ve", "m", "d", "1", "٣", "½", "Ⅷ", " ", " ", "  ", "\t", "\n", "\r\n", "\u00A0",
            "\u3000", ".", "!?",
            "$", "中", "ก", "\u0301", "\u200D", "😀", "👩\u200D🚀", "𝔘", "𐐷", "𝟙", "𠀀", "\uE000", "\0", "\uFFFD"];

    [Theory]
    [InlineData(SplitPatterns.Gpt2)]
    [InlineData(SplitPatterns.Llama3)]
    [InlineData(SplitPatterns.Qwen2)]
    public void The_scanner_of_a_published_pattern_matches_what_its_expression_matches(string pattern)
    {
        var (scanner, expression) = (SplitPatterns.Compile(pattern), new RegexPattern(pattern));
        Assert.IsNotType<RegexPattern>(scanner);
        var random = new Random(20240701);
        for (var round = 0; round < 20000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => Characters[random.Next(Characters.Length)]));
            Assert.Equal(Matches(expression, text), Matches(scanner, text));
        }
    }

    [Theory]
    [InlineData(@"\p{L}+", "ab𝔘𐐷1é", "ab𝔘𐐷", "é")]
    [InlineData(@"\p{N}", "1𝟙½", "1", "𝟙", "½")]
    [InlineData(@"[^a]", "a😀b", "😀", "b")]
    [InlineData(@".", "😀\n𝔘", "😀", "𝔘")]
    [InlineData(@"\P{L}+", "a1😀b", "1😀")]
    [InlineData(@"[😀-😂]+", "😀😁😂😃", "😀😁😂")]
    [InlineData(@"[一-龥𐐀-𐑏]+", "中a𐐷文", "中", "𐐷文")]
    [InlineData(@"(?i:'s|k)", "'S'ſKkK", "'S", "'ſ", "K", "k", "K")]
    [InlineData(@"(?i)ab(?-i)C", "ABC abc aBC", "ABC", "aBC")]
    [InlineData(@"a++b|a", "aaab aa", "aaab", "a", "a")]
    [InlineData(@"\d{1,3}+", "12345", "12345")]
    [InlineData(@"\d{1,3}", "12345", "123", "45")]
    [InlineData(@"a{,2}b", "aaab", "aab")]
    [InlineData(@"x{a}", "x{a}", "x{a}")]
    [InlineData(@"\s+$", "a \nb  ", " ", "  ")]
    [InlineData(@"^\w", "ab\ncd", "a", "c")]
    [InlineData(@"\bab\b", "ab cab ab.", "ab", "ab")]
    [InlineData(@"[\p{L}&&[^\p{Han}]]+", "ab中c", "ab", "c")]
    [InlineData(@"[[:alpha:]]+|[[:^alpha:]]", "ab1", "ab", "1")]
    [InlineData(@"[]a-]+", "a-]b", "a-]")]
    [InlineData(@"[\x41-\x{43}\u0044]+", "ABCDE", "ABCD")]
    [InlineData(@"(?=(?:\d{3})+(?!\d))", "1234", "")]
    [InlineData(@"a(?!b)|(?<=b)c", "abcac", "c", "a")]
    public void Expressions_match_whole_characters(string pattern, string text, params string[] expected)
    {
        Assert.Equal(expected, Matches(new RegexPattern(pattern), text).Select(m => text.Substring(m.Start, m.Length)));
    }

    [Theory]
    [InlineData("a)", "unmatched ')'")]
    [InlineData("(a", "without its ')'")]
    [InlineData("[a", "without its ']'")]
    [InlineData(@"\p{Klingon}", @"\p{Klingon}")]
    [InlineData("[z-a]", "end lies before")]
    [InlineData("*a", "after nothing")]
    [InlineData(@"(a)\1", @"\1")]
    [InlineData(@"\x{110000}", "hexadecimal")]
    [InlineData("a\\", "backslash")]
    [InlineData("(?<name>a)", "kind of group")]
    public void Malformed_expressions_say_what_and_where(string pattern, string complaint)
    {
        var error = Assert.Throws<TokenizerFormatException>(() => new RegexPattern(pattern));
        Assert.Contains(complaint, error.Message, StringComparison.Ordinal);
        Assert.Contains("at character", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData('(', ')')]
    [InlineData('[', ']')]
    public void Deep_nesting_is_refused(char open, char close)
    {
        var pattern = new string(open, 100_000) + "a" + new string(close, 100_000);
        Assert.Contains("deeper", Assert.Throws<TokenizerFormatException>(() =>
            new RegexPattern(pattern)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pattern_that_backtracks_without_end_is_stopped()
    {
        var pattern = new RegexPattern("(?:a|a|aa)*c(?!d)", TimeSpan.FromMilliseconds(50));
        var error = Assert.Throws<TokenizerFormatException>(() => Matches(pattern, new string('a', 200)));
        Assert.Contains("more than 0.05 s", error.Message, StringComparison.Ordinal);
    }

    private static List<Match> Matches(ISplitPattern pattern, string text)
    {
        var matches = new List<Match>();
        pattern.FindMatches(text, matches);
        return matches;
    }
}
