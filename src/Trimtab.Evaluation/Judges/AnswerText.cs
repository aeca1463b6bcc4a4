using System.Text.RegularExpressions;

namespace Trimtab.Evaluation.Judges;

/// <summary>Answers as judges read them: without thoughts, by sentences, by words.</summary>
internal static partial class AnswerText
{
    private const string ThoughtsBegin = "<think>", ThoughtsEnd = "</think>";

    /// <summary>The answer after its thoughts; all of it where it has none; empty where the thoughts never end.</summary>
    public static string Visible(string answer)
    {
        int end = answer.LastIndexOf(ThoughtsEnd, StringComparison.Ordinal);
        if (end >= 0)
            return answer[(end + ThoughtsEnd.Length)..].Trim();
        return answer.Contains(ThoughtsBegin, StringComparison.Ordinal) ? "" : answer.Trim();
    }

    /// <summary>The sentences of a text with their marks.</summary>
    public static IEnumerable<string> Sentences(string text) => Sentence().Matches(text).Select(match => match.Value.Trim()).Where(sentence => Word().IsMatch(sentence));

    /// <summary>The words of a text in lower case; numbers and signs of sums are words, marks are not.</summary>
    public static string[] Words(string text) => [.. Word().Matches(text).Select(match => match.Value.ToLowerInvariant())];

    /// <summary>How many of the rows of three words are new, 0 to 1: clean texts reach 1, a text that is told twice has none.</summary>
    public static double Freshness(string[] words)
    {
        const int Row = 3;
        const double Poor = 0.5, Clean = 0.85;
        if (words.Length <= Row)
            return words.Distinct().Count() == words.Length ? 1 : 0;
        int rows = words.Length - Row + 1;
        int different = Enumerable.Range(0, rows).Select(first => string.Join(' ', words, first, Row)).Distinct().Count();
        return Math.Clamp(((double)different / rows - Poor) / (Clean - Poor), 0, 1);
    }

    [GeneratedRegex(@"[^.!?\n]+[.!?\n]*")]
    private static partial Regex Sentence();

    [GeneratedRegex(@"[\p{L}\p{Nd}]+(?:'\p{L}+)?|[+=*]")]
    private static partial Regex Word();
}
