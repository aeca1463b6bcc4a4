using System.Text;
using Trimtab.Models.Generation;
using Xunit;

namespace Trimtab.Models.Tests.Generation;

public sealed class StopStringMatcherTests
{
    [Theory]
    [InlineData("one. two\n\nQuestion: three", "\n\nQuestion:", "one. two")]
    [InlineData("aaab", "aab", "a")]
    [InlineData("no stop here", "xyz", "no stop here")]
    [InlineData("ends with a beginning: Quest", "Question", "ends with a beginning: Quest")]
    [InlineData("ababac", "abac", "ab")]
    public void Text_passes_up_to_the_first_stop_string_however_it_is_cut(string text, string stop, string expected)
    {
        for (int size = 1; size <= text.Length; size++)
        {
            var matcher = new StopStringMatcher([stop]);
            var shown = new StringBuilder();
            for (int i = 0; i < text.Length && !matcher.IsStopped; i += size)
            {
                shown.Append(matcher.Push(text[i..Math.Min(i + size, text.Length)]));
                Assert.DoesNotContain(stop, shown.ToString(), StringComparison.Ordinal);
            }
            shown.Append(matcher.Flush());
            Assert.Equal(expected, shown.ToString());
        }
    }

    [Fact]
    public void The_earliest_of_several_stop_strings_ends_the_text() => Assert.Equal("a ", new StopStringMatcher(["three", "two"]).Push("a two three"));
}
