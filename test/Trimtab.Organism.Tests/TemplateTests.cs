using Trimtab.Organism.Grammar;
using Xunit;

namespace Trimtab.Organism.Tests;

public sealed class TemplateTests
{
    private static readonly Dictionary<string, string> Slots = new() { ["bird"] = "owl", ["beast"] = "goat", ["nested"] = "{a bird}" };

    [Theory]
    [InlineData("{a bird} and {a beast}", "an owl and a goat")]
    [InlineData("see {nested}", "see an owl")]
    [InlineData("[one|one] way", "one way")]
    [InlineData("[{bird}|{bird}]", "owl")]
    public void Slots_and_choices_are_filled(string template, string expected) => Assert.Equal(expected, Fill(template));

    [Theory]
    [InlineData("hello . i see", "Hello. I see")]
    [InlineData("yes!  good ,  then?maybe", "Yes! Good, then?Maybe")]
    [InlineData("first\nsecond", "First\nSecond")]
    [InlineData("7 apples. two more", "7 apples. Two more")]
    public void Tidy_text_has_single_spaces_and_capital_letters(string text, string expected) => Assert.Equal(expected, Template.Tidy(text));

    [Fact]
    public void Bracket_that_is_not_closed_is_an_error_that_shows_the_template()
    {
        var error = Assert.Throws<FormatException>(() => Fill("a {bird"));
        Assert.Contains("a {bird", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Slot_without_value_is_an_error_that_names_it()
    {
        var pen = new Pen(Stream.World, new Picker(1));
        var error = Assert.Throws<FormatException>(() => pen.Sentence(["the {colour} owl."]));
        Assert.Contains("'colour'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Same_seeds_give_the_same_choices_and_others_give_others()
    {
        int[] Draw(params ReadOnlySpan<long> seeds)
        {
            var picker = new Picker(seeds);
            return [.. Enumerable.Range(0, 20).Select(_ => picker.Between(0, 1000))];
        }

        Assert.Equal(Draw(1, 2), Draw(1, 2));
        Assert.NotEqual(Draw(1, 2), Draw(2, 1));
    }

    [Fact]
    public void Weights_are_met()
    {
        var picker = new Picker(3);
        int heads = Enumerable.Range(0, 10_000).Count(_ => picker.Weighted<bool>([(true, 3), (false, 1)]));
        Assert.InRange(heads, 7300, 7700);
    }

    private static string Fill(string template) => Template.Fill(template, new Picker(1), slot => Slots[slot]);
}
