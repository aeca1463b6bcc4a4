using System.Text;

namespace Trimtab.Organism.Grammar;

/// <summary>
/// Texts with open places: <c>{name}</c> is a slot, <c>{a name}</c> the same with its article, <c>[one|other|]</c> a choice. What fills a slot may
/// be a template itself.
/// </summary>
internal static class Template
{
    /// <summary>Fills every slot and takes every choice.</summary>
    /// <exception cref="FormatException">A bracket is not closed; <paramref name="slot"/> throws its own for names that it does not know.</exception>
    public static string Fill(string template, Picker picker, Func<string, string> slot)
    {
        var text = new StringBuilder();
        for (int i = 0; i < template.Length; i++)
        {
            if (template[i] is not ('{' or '['))
            {
                text.Append(template[i]);
                continue;
            }
            string inner = Inner(template, i, template[i] == '{' ? '}' : ']');
            text.Append(template[i] == '{' ? FillSlot(inner, picker, slot) : Fill(picker.One(inner.Split('|')), picker, slot));
            i += inner.Length + 1;
        }
        return text.ToString();
    }

    /// <summary>Single spaces, none before marks, and a capital letter at the beginning of every sentence.</summary>
    public static string Tidy(string text)
    {
        var tidy = new StringBuilder(text.Length);
        bool begins = true;
        foreach (char c in text)
        {
            if (c == ' ' && (tidy.Length == 0 || tidy[^1] is ' ' or '\n'))
                continue;
            if (c is '.' or ',' or '!' or '?' && tidy.Length > 0 && tidy[^1] == ' ')
                tidy.Length--;
            tidy.Append(begins ? char.ToUpperInvariant(c) : c);
            begins = c is '.' or '!' or '?' or '\n' || (begins && !char.IsLetterOrDigit(c));
        }
        return tidy.ToString().TrimEnd();
    }

    private static string FillSlot(string name, Picker picker, Func<string, string> slot)
    {
        bool article = name.StartsWith("a ", StringComparison.Ordinal);
        string value = Fill(slot(article ? name[2..] : name), picker, slot);
        return article ? WithArticle(value) : value;
    }

    // The first letter decides, but for one silent h; the world has no "uniform".
    private static string WithArticle(string noun) =>
        $"{(noun.StartsWith("honest", StringComparison.Ordinal) || (noun.Length > 0 && "aeiouAEIOU".Contains(noun[0], StringComparison.Ordinal)) ? "an" : "a")} {noun}";

    private static string Inner(string template, int open, char close)
    {
        int end = template.IndexOf(close, open);
        return end >= 0
            ? template[(open + 1)..end]
            : throw new FormatException($"Template: '{template[open]}' is not closed — given \"{template}\". Close it with '{close}'.");
    }
}
