using Xunit;

namespace Trimtab.Steering.Tests.Interventions;

public sealed class TokensTests
{
    [Theory]
    [InlineData("all", "0 1 2 3 4 5")]
    [InlineData("prompt", "0 1 2")]
    [InlineData("after_prompt", "2 3 4 5")]
    [InlineData("response", "3 4 5")]
    [InlineData("last", "2")]
    [InlineData("1,4", "1 4")]
    public void Scopes_select_their_positions_of_six_tokens_with_a_prompt_of_three(string scope, string expected)
    {
        var tokens = Tokens.Parse(scope);
        Assert.Equal(expected, string.Join(' ', Enumerable.Range(0, 6).Where(p => tokens.Selects(p, 3))));
        Assert.Equal(tokens, Tokens.Parse(tokens.ToString()));
    }

    [Theory]
    [InlineData("everything"), InlineData("1,-2"), InlineData("1;2"), InlineData("")]
    public void Other_words_are_refused(string text) => Assert.Contains("Tokens:", Assert.ThrowsAny<Exception>(() => Tokens.Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("2.5", 2.5f, false), InlineData("raw:-1", -1f, false), InlineData("0.08n", 0.08f, true), InlineData("norm:-0.5", -0.5f, true)]
    public void Strengths_carry_their_unit(string text, float value, bool ofNorm)
    {
        var strength = Strength.Parse(text);
        Assert.Equal((value, ofNorm), (strength.Value, strength.IsOfNorm));
        Assert.Equal(strength, Strength.Parse(strength.ToString()));
    }

    [Theory]
    [InlineData("strong"), InlineData("nan"), InlineData("n"), InlineData("1e99n"), InlineData("norm:2n")]
    public void Other_strengths_are_refused(string text) => Assert.Throws<FormatException>(() => Strength.Parse(text));
}
