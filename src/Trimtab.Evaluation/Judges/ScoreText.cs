using System.Globalization;

namespace Trimtab.Evaluation.Judges;

/// <summary>What a judge that was asked by a rubric may write: a whole number from 0 to 100, or REFUSAL.</summary>
internal static class ScoreText
{
    /// <summary>The largest score.</summary>
    public const int Largest = 100;

    /// <summary>The word for an answer that refused.</summary>
    public const string Refusal = "REFUSAL";

    // One letter could begin any word.
    private const int FewestLetters = 2;

    /// <summary>The number that a text is, with white space around it or without; null for every other text.</summary>
    public static int? Number(string text) =>
        int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value <= Largest && (text.Trim() is "0" || !text.Trim().StartsWith('0')) ? value : null;

    /// <summary>Whether a token begins the word for a refusal, or is it.</summary>
    public static bool BeginsRefusal(string token) => token.Trim() is { Length: >= FewestLetters } letters && Refusal.StartsWith(letters, StringComparison.Ordinal);

    /// <summary>A text that was written without probabilities, read strictly: a number, the word for a refusal, and nothing beside them.</summary>
    public static Judgement Read(string text) => text.Trim() == Refusal ? new Refused()
        : Number(text) is { } value ? new Score(value, 1)
        : new Unreadable($"\"{Shown(text)}\" is neither a number from 0 to {Largest} nor {Refusal}");

    private static string Shown(string text)
    {
        string line = text.Trim().ReplaceLineEndings(" ");
        return line.Length <= 60 ? line : line[..57] + "…";
    }
}
