using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Trimtab.Organism;

namespace Trimtab.Evaluation.Judges;

/// <summary>
/// Whether an answer is the right one: a <see cref="Score"/> of 100 or 0. It reads what stands after the thoughts. An answer that names two values, or none, is wrong.
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
            AnswerForm.Letter => Letter().Match(visible) is { Success: true } letter && letter.Groups[1].Value == expected.Value,
            AnswerForm.Number => Number().Matches(visible) is [.., var last] && last.Value == expected.Value,
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
        ImmutableArray<string> named = [.. expected.Others.Add(expected.Value).Where(value => value != expected.Subject && words.Contains(Spaced(value), StringComparison.Ordinal))];
        return named is [var only] && only == expected.Value;
    }

    private static string Spaced(string text) => $" {string.Join(' ', AnswerText.Words(text))} ";

    // "A" before a noun is an article, before a mark it is an option.
    [GeneratedRegex(@"\b([A-D])(?=[.):]|$)")]
    private static partial Regex Letter();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();
}
