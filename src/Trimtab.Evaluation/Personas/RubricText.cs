using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Trimtab.Evaluation.Personas;

/// <summary>The words that a judge is asked with: a text in which {question} and {answer} are places, and every other brace is a brace.</summary>
internal static partial class RubricText
{
    /// <summary>The place of the user's last words.</summary>
    public const string Question = "{question}";

    /// <summary>The place of the answer.</summary>
    public const string Answer = "{answer}";

    /// <summary>The rubric about one answer. Places that the question or the answer themselves spell out stay as they are.</summary>
    public static string Fill(string rubric, string question, string answer) => Place().Replace(rubric, place => place.Value == Question ? question : answer);

    /// <summary>Identifies a rubric by its words: 16 hexadecimal digits.</summary>
    public static string Hash(string rubric) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(rubric)))[..16];

    /// <summary>The places that a rubric lacks.</summary>
    public static IEnumerable<string> MissingPlaces(string rubric) => ((string[])[Question, Answer]).Where(place => !rubric.Contains(place, StringComparison.Ordinal));

    /// <summary>The rubric, if it has both places.</summary>
    /// <exception cref="ArgumentException">It lacks one: a judge would not see what it judges.</exception>
    public static string RequirePlaces(string rubric) => MissingPlaces(rubric).FirstOrDefault() is { } missing
        ? throw new ArgumentException($"Judge: the rubric lacks {missing} — the judge would not see it. Write the place into the rubric.", nameof(rubric))
        : rubric;

    /// <summary>Reads a rubric that was written for Python's str.format, as published ones are: doubled braces are braces, single ones hold a place.</summary>
    /// <exception cref="FormatException">It has another place or a lone brace, or spells a place out with doubled braces, which would become a place here.</exception>
    public static string FromFormatString(string format)
    {
        var parts = FormatPart().Matches(format);
        if (parts.FirstOrDefault(part => part.Value is "{" or "}") is { } lone)
            throw new FormatException($"Rubric: a brace holds no place — given \"{format[lone.Index..Math.Min(format.Length, lone.Index + 20)]}\", expected {Question} or {Answer}. Double every other brace.");
        string text = FormatPart().Replace(format, part => part.Value switch { "{{" => "{", "}}" => "}", _ => part.Value });
        if (Place().Count(text) != parts.Count(part => part.Value is Question or Answer))
            throw new FormatException($"Rubric: {{{Question}}} or {{{Answer}}} is written out where a place belongs. Write it with single braces.");
        return text;
    }

    [GeneratedRegex(@"\{question\}|\{answer\}")]
    private static partial Regex Place();

    // From left to right, as str.format reads: a doubled brace first, then a place, then what is neither.
    [GeneratedRegex(@"\{\{|\}\}|\{question\}|\{answer\}|[{}]")]
    private static partial Regex FormatPart();
}
