using System.Net;
using System.Text;

namespace Trimtab.Models.Text.Templates;

/// <summary>HTML as the filters <c>escape</c> and <c>striptags</c> know it.</summary>
internal static class Markup
{
    public static string Escape(string text, Budget budget)
    {
        var result = new BoundedText(budget);
        foreach (var character in text)
            switch (character)
            {
                case '&': result.Add("&amp;"); break;
                case '<': result.Add("&lt;"); break;
                case '>': result.Add("&gt;"); break;
                case '"': result.Add("&#34;"); break;
                case '\'': result.Add("&#39;"); break;
                default: result.Add(character); break;
            }
        return result.ToString();
    }

    /// <summary>The text without comments, tags and repeated blanks, its entities resolved.</summary>
    public static string StripTags(string text, Budget budget)
    {
        budget.Text(text.Length);
        var bare = Without(Without(text, "<!--", "-->"), "<", ">");
        return WebUtility.HtmlDecode(string.Join(' ', Values.StringMethods.Words(bare)));
    }

    private static string Without(string text, string open, string close)
    {
        var result = new StringBuilder();
        var position = 0;
        while (text.IndexOf(open, position, StringComparison.Ordinal) is >= 0 and var start
            && text.IndexOf(close, start + open.Length, StringComparison.Ordinal) is >= 0 and var end)
        {
            result.Append(text.AsSpan(position..start));
            position = end + close.Length;
        }
        return result.Append(text.AsSpan(position)).ToString();
    }
}
