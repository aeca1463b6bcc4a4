using Trimtab.Models.Text;
using Xunit;

namespace Trimtab.Models.Tests.Text;

public sealed class UnicodeNormalizerTests
{
    [Theory]
    [InlineData("e\u0301", "\u00E9", "e\u0301", "\u00E9", "e\u0301")]
    [InlineData("\u212B\u2126\u212A", "\u00C5\u03A9K", "A\u030A\u03A9K", "\u00C5\u03A9K", "A\u030A\u03A9K")] // angstrom, ohm, kelvin
    [InlineData("\u1E9B\u0323", "\u1E9B\u0323", "\u017F\u0323\u0307", "\u1E69", "s\u0323\u0307")]
    [InlineData("\uFB01\u2460", "\uFB01\u2460", "\uFB01\u2460", "fi1", "fi1")]
    [InlineData("\u1112\u1161\u11AB", "\uD55C", "\u1112\u1161\u11AB", "\uD55C", "\u1112\u1161\u11AB")]
    [InlineData("a\u0315\u0300\u05AE\u0300b", "\u00E0\u05AE\u0300\u0315b", "a\u05AE\u0300\u0300\u0315b", "\u00E0\u05AE\u0300\u0315b", "a\u05AE\u0300\u0300\u0315b")]
    [InlineData("\u0958", "\u0915\u093C", "\u0915\u093C", "\u0915\u093C", "\u0915\u093C")] // excluded from composition
    [InlineData("\U0001D15E", "\U0001D157\U0001D165", "\U0001D157\U0001D165", "\U0001D157\U0001D165", "\U0001D157\U0001D165")]
    [InlineData("\U000110A5\U000110BA", "\U000110AB", "\U000110A5\U000110BA", "\U000110AB", "\U000110A5\U000110BA")]
    [InlineData("\u00E9\u0323", "\u1EB9\u0301", "e\u0323\u0301", "\u1EB9\u0301", "e\u0323\u0301")] // the mark goes under the accent
    [InlineData("plain", "plain", "plain", "plain", "plain")]
    public void The_four_forms(string text, string c, string d, string kc, string kd)
    {
        Assert.Equal(c, new UnicodeNormalizer(UnicodeForm.C).Normalize(text));
        Assert.Equal(d, new UnicodeNormalizer(UnicodeForm.D).Normalize(text));
        Assert.Equal(kc, new UnicodeNormalizer(UnicodeForm.KC).Normalize(text));
        Assert.Equal(kd, new UnicodeNormalizer(UnicodeForm.KD).Normalize(text));
    }

    [Fact]
    public void Normalising_twice_changes_nothing_more_and_compositions_decompose_to_the_same()
    {
        var composed = new UnicodeNormalizer(UnicodeForm.C);
        var decomposed = new UnicodeNormalizer(UnicodeForm.D);
        for (var c = 1; c < 0x30000; c++)
            if (c is < 0xD800 or > 0xDFFF)
            {
                var text = "x" + char.ConvertFromUtf32(c) + "\u0301";
                var once = composed.Normalize(text);
                Assert.Equal(once, composed.Normalize(once));
                Assert.Equal(decomposed.Normalize(text), decomposed.Normalize(once));
            }
    }

    [Fact]
    public void A_long_run_of_marks_is_sorted_in_reasonable_time()
    {
        var text = "a" + string.Concat(Enumerable.Repeat("\u0301\u0323", 200_000));
        var result = new UnicodeNormalizer(UnicodeForm.C).Normalize(text);
        Assert.Equal(text.Length - 1, result.Length); // only the first dot below joins the letter: á is blocked by the others
        Assert.StartsWith("\u1EA1\u0323", result, StringComparison.Ordinal);
    }
}
