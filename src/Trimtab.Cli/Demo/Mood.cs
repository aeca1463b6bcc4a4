using System.Globalization;
using System.Text.RegularExpressions;

namespace Trimtab.Cli.Demo;

/// <summary>
/// Measures of the demonstration. They are deliberately plain: words counted from two lists, and how much a text repeats itself. They tell moods of children's
/// stories apart; they are no judge of anything else.
/// </summary>
internal static partial class Mood
{
    private static readonly HashSet<string> Happy =
    [
        "happy", "happily", "glad", "joy", "smile", "smiled", "smiles", "smiling", "laugh", "laughed", "laughing", "fun", "love", "loved", "loves", "hug", "hugged", "hugs", "excited",
        "best", "yummy", "play", "played", "playing", "danced", "dance", "sang", "nice", "proud", "friend", "friends", "wonderful", "beautiful", "cheered", "giggled", "sunny", "yay",
    ];

    private static readonly HashSet<string> Sad =
    [
        "sad", "sadly", "upset", "cry", "cried", "cries", "crying", "tears", "hurt", "hurts", "scared", "afraid", "lost", "lonely", "alone", "broken", "broke", "angry", "mad", "worst", "bad", "mean",
        "sorry", "worried", "fell", "sick", "pain", "dark", "unhappy", "scream", "screamed", "died", "trouble", "miss", "missed",
    ];

    /// <summary>Happy minus sad words, per hundred words of all texts together.</summary>
    public static double Score(IEnumerable<string> texts)
    {
        int happy = 0, sad = 0, all = 0;
        foreach (string word in texts.SelectMany(WordsOf))
        {
            all++;
            happy += Happy.Contains(word) ? 1 : 0;
            sad += Sad.Contains(word) ? 1 : 0;
        }
        return all == 0 ? 0 : 100.0 * (happy - sad) / all;
    }

    /// <summary>The share of three-word runs that are the first of their kind in their text: near 1 for prose, near 0 for a text that turns in circles.</summary>
    public static double Distinctness(IEnumerable<string> texts)
    {
        int distinct = 0, all = 0;
        foreach (string text in texts)
        {
            string[] words = [.. WordsOf(text)];
            var runs = Enumerable.Range(0, Math.Max(0, words.Length - 2)).Select(i => string.Join(' ', words.AsSpan(i, 3).ToArray())).ToArray();
            (distinct, all) = (distinct + runs.Distinct().Count(), all + runs.Length);
        }
        return all == 0 ? 0 : (double)distinct / all;
    }

    private static IEnumerable<string> WordsOf(string text) => Words().Matches(text).Select(match => match.Value.ToLower(CultureInfo.InvariantCulture));

    [GeneratedRegex("[A-Za-z']+")]
    private static partial Regex Words();
}
