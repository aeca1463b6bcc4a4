using System.Text.RegularExpressions;
using Trimtab.Organism;

namespace Trimtab.Evaluation.Judges;

/// <summary>
/// Whether an answer is the right one: a <see cref="Score"/> of 100 or 0. It reads what stands after the thoughts. An answer that names two values, or none, is wrong. In a sum such as "3 + 4 = 7"
/// the result is named and the terms are not; a result that the next sum goes on from is a step on the way, and not named either.
/// </summary>
public static partial class AnswerJudge
{
    /// <summary>Judges an answer to a question with one right answer.</summary>
    /// <param name="expected">The right answer, and how to compare.</param>
    /// <param name="answer">The answer.</param>
    public static Judgement Judge(ExpectedAnswer expected, string answer)
    {
        ArgumentNullException.ThrowIfNull(expected);
        string visible = AnswerText.Visible(answer);
        if (visible.Length == 0)
            return new Unreadable("there are no words outside the thoughts");
        bool right = expected.Form switch
        {
            AnswerForm.Letter => IsOnly(expected.Value, Letter().Matches(visible).Select(letter => letter.Value)),
            AnswerForm.Number => IsOnly(expected.Value, Numbers(visible)),
            _ => NamesOnly(expected, visible),
        };
        return new Score(right ? 100 : 0, 1);
    }

    /// <summary>Whether an answer is the right one; one without words is not.</summary>
    /// <param name="expected">The right answer, and how to compare.</param>
    /// <param name="answer">The answer.</param>
    public static bool IsRight(ExpectedAnswer expected, string answer) => Judge(expected, answer) is Score { Value: > 50 };

    private static bool NamesOnly(ExpectedAnswer expected, string text)
    {
        string words = Spaced(text);
        return IsOnly(expected.Value, expected.Others.Add(expected.Value).Where(value => value != expected.Subject && words.Contains(Spaced(value), StringComparison.Ordinal)));
    }

    private static IEnumerable<string> Numbers(string text)
    {
        var sums = Sum().Matches(text).ToArray();
        var results = sums.Where((sum, index) => index == sums.Length - 1 || sums[index + 1].Groups["term"].Captures.All(term => term.Value != sum.Groups["result"].Value)).Select(sum => sum.Groups["result"].Value);
        return [.. results, .. Number().Matches(Sum().Replace(text, " ")).Select(number => number.Value)];
    }

    // The same value named twice is one value.
    private static bool IsOnly(string expected, IEnumerable<string> named) => named.Distinct().ToArray() is [var only] && only == expected;

    private static string Spaced(string text) => $" {string.Join(' ', AnswerText.Words(text))} ";

    // "A" before a noun is an article; before a mark or "or" it is an option, as the other letters are wherever they stand alone.
    [GeneratedRegex(@"\b(?:[B-D]\b|A(?=[.,):]|\s+or\b|$))")]
    private static partial Regex Letter();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();

    [GeneratedRegex(@"(?<term>\d+)(?:\s*[-+*]\s*(?<term>\d+))+\s*=\s*(?<result>\d+)")]
    private static partial Regex Sum();
}
