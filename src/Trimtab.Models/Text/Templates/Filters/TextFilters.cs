using System.Buffers;
using System.Text;
using Trimtab.Models.Text.Templates.Formatting;
using Trimtab.Models.Text.Templates.Values;

namespace Trimtab.Models.Text.Templates.Filters;

/// <summary>Filters that make a text of a text. Any other input is printed first.</summary>
internal static class TextFilters
{
    public static Dictionary<string, Filter> All { get; } = new()
    {
        ["capitalize"] = new("", (run, v, _) => Same(v, Characters.Capitalize(Plain(v, run)))),
        ["center"] = new("width?", (run, v, a) => StringLayout.Center(Text(v, run), a.Integer(0, 80), " ", run.Budget)),
        ["e"] = new("", (run, v, _) => new StringValue(Operators.Escape(v, run.Budget), isMarkup: true)),
        ["escape"] = new("", (run, v, _) => new StringValue(Operators.Escape(v, run.Budget), isMarkup: true)),
        ["forceescape"] = new("", (run, v, _) => new StringValue(Markup.Escape(Plain(v, run), run.Budget), isMarkup: true)),
        ["format"] = new("*values, **named", Format),
        ["indent"] = new("width?, first?, blank?", (run, v, a) => Same(v, Indent(Needed(v, "indent"), a, run))),
        ["lower"] = new("", (run, v, _) => Same(v, Characters.Lower(Plain(v, run)))),
        ["replace"] = new("old, new, count?", Replace),
        ["safe"] = new("", (run, v, _) => new StringValue(Plain(v, run), isMarkup: true)),
        ["string"] = new("", (run, v, _) => Text(v, run)),
        ["striptags"] = new("", (run, v, _) => new StringValue(Markup.StripTags(Plain(v, run), run.Budget))),
        ["title"] = new("", (run, v, _) => new StringValue(Title(Plain(v, run)))),
        ["trim"] = new("chars?", (run, v, a) => StringMethods.Strip(Text(v, run), a.Given(0), left: true, right: true)),
        ["truncate"] = new("length?, killwords?, end?, leeway?", Truncate),
        ["upper"] = new("", (run, v, _) => Same(v, Characters.Upper(Plain(v, run)))),
        ["urlencode"] = new("", (run, v, _) => new StringValue(UrlEncode(v, run))),
        ["wordcount"] = new("", (run, v, _) => new IntValue(WordCount(Plain(v, run)))),
        ["wordwrap"] = new("width?, break_long_words?, wrapstring?, break_on_hyphens?", Wrap),
        ["xmlattr"] = new("autospace?", XmlAttributes),
    };

    private static readonly SearchValues<char> NotInNames = SearchValues.Create(" \t\n\r\f/>=");

    private static StringValue Text(Value value, Interpreter run) => value as StringValue ?? new StringValue(Repr.Text(value, run.Budget));

    private static string Plain(Value value, Interpreter run) => Repr.Text(value, run.Budget);

    // Filters that do not print other values first, as their fellows do.
    private static string Needed(Value value, string filter) => value switch
    {
        StringValue text => text.Text,
        UndefinedValue missing => throw missing.Error(),
        _ => throw Fault.Runtime($"{filter} needs a text, not {value.TypeName}"),
    };

    private static StringValue Same(Value input, string text) => new(text, input is StringValue { IsMarkup: true });

    private static Value Format(Interpreter run, Value input, Bound arguments)
    {
        if (arguments.Rest.Count > 0 && arguments.Named.Count > 0)
            throw Fault.Runtime("can't handle positional and keyword arguments at the same time");
        Value values = arguments.Named.Count == 0
            ? new TupleValue(arguments.Rest)
            : arguments.Named.Aggregate(new DictValue(run.Budget), (dict, entry) => dict.Set(entry.Key, entry.Value));
        return Operators.Apply("%", Text(input, run), values, run.Budget);
    }

    private static string Indent(string text, Bound arguments, Interpreter run)
    {
        var indentation = arguments[0] is StringValue given
            ? given.Text
            : new BoundedText(run.Budget).Add(' ', arguments.Integer(0, 4)).ToString();
        var (first, blank) = (arguments.Flag(1), arguments.Flag(2));
        var (result, isFirst) = (new BoundedText(run.Budget), true);
        // The line end added here makes a text that ends in one keep it.
        foreach (StringValue line in StringSplit.Lines(new StringValue(text + "\n"), keepEnds: false, run.Budget).Items)
        {
            if (!isFirst) result.Add('\n');
            if (isFirst ? first : blank || line.IsTrue) result.Add(indentation);
            result.Add(line.Text);
            isFirst = false;
        }
        return result.ToString();
    }

    private static StringValue Replace(Interpreter run, Value input, Bound arguments) => StringLayout.Replace(
        new StringValue(Plain(input, run)),
        Plain(arguments[0]!, run),
        Plain(arguments[1]!, run),
        arguments.Given(2) is null ? -1 : arguments.Integer(2, -1),
        run.Budget);

    // The filter's rule of words differs from the method's: blanks, hyphens and opening brackets begin a word, apostrophes do not.
    private static string Title(string text)
    {
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length;)
        {
            var start = i;
            while (i < text.Length && IsBoundary(text[i]) == IsBoundary(text[start])) i++;
            result.Append(IsBoundary(text[start]) ? text[start..i] : Word(text[start..i]));
        }
        return result.ToString();
    }

    private static string Word(string word)
    {
        var first = char.IsSurrogate(word[0]) && word.Length > 1 ? 2 : 1;
        return Characters.Upper(word[..first]) + Characters.Lower(word[first..]);
    }

    private static bool IsBoundary(char character) => character is '-' or '(' or '{' or '[' or '<' || Characters.IsSpace(character);

    private static Value Truncate(Interpreter run, Value input, Bound arguments)
    {
        var (length, end) = (arguments.Integer(0, 255), new StringValue(arguments.Text(2, "...")));
        var leeway = arguments.Given(3) is null ? 5 : arguments.Integer(3, 5);
        if (length < end.Length) throw Fault.Runtime($"truncate: expected length >= {end.Length}, got {length}");
        if (leeway < 0) throw Fault.Runtime($"truncate: expected leeway >= 0, got {leeway}");
        if (input.Length <= length + leeway) return input;
        var text = new StringValue(Needed(input, "truncate"), input is StringValue { IsMarkup: true });
        var kept = text.Text[..text.OffsetOf(length - end.Length!.Value)];
        if (!arguments.Flag(1) && kept.LastIndexOf(' ') is >= 0 and var blank) kept = kept[..blank];
        return new StringValue(kept + end.Text, text.IsMarkup);
    }

    private static long WordCount(string text)
    {
        var (count, inWord) = (0L, false);
        foreach (var rune in text.EnumerateRunes())
        {
            var isWord = Characters.IsWord(rune);
            if (isWord && !inWord) count++;
            inWord = isWord;
        }
        return count;
    }

    private static StringValue Wrap(Interpreter run, Value input, Bound arguments)
    {
        var width = arguments.Integer(0, 79);
        if (width <= 0) throw Fault.Runtime($"invalid width {width} (must be > 0)");
        var (breakLongWords, breakOnHyphens) = (arguments.Flag(1, true), arguments.Flag(3, true));
        var separator = arguments.Given(2) is null ? "\n" : arguments.Text(2);
        var (result, between) = (new BoundedText(run.Budget), "");
        foreach (StringValue line in StringSplit.Lines(new StringValue(Needed(input, "wordwrap")), keepEnds: false, run.Budget).Items)
        {
            result.Add(between);
            between = separator;
            var lines = WordWrap.Lines(line.Text, (int)Math.Min(width, int.MaxValue / 2), breakLongWords, breakOnHyphens, run.Budget);
            for (var i = 0; i < lines.Count; i++) result.Add(i == 0 ? "" : separator).Add(lines[i]);
        }
        return new StringValue(result.ToString());
    }

    private static string UrlEncode(Value value, Interpreter run)
    {
        if (value is StringValue || value.Iterate() is null) return Quote(Plain(value, run), '/', run);
        var pairs = value is DictValue dict ? new DictView(dict, DictPart.Items) : value;
        var (result, separator) = (new BoundedText(run.Budget), "");
        foreach (var pair in FilterTable.Items(pairs, run))
        {
            if (pair.Iterate()?.Take(3).ToList() is not [var key, var part])
                throw Fault.Runtime("urlencode needs a text, a mapping or pairs");
            result.Add(separator).Add(Form(key)).Add('=').Add(Form(part));
            separator = "&";
        }
        return result.ToString();

        string Form(Value part) => Quote(Plain(part, run), null, run).Replace("%20", "+", StringComparison.Ordinal);
    }

    private static string Quote(string text, char? alsoSafe, Interpreter run)
    {
        run.Budget.Text(text.Length * 3L);
        var result = new BoundedText(run.Budget);
        foreach (var unit in Encoding.UTF8.GetBytes(text))
            if (char.IsAsciiLetterOrDigit((char)unit) || (char)unit is '_' or '.' or '-' or '~' || unit == alsoSafe) result.Add((char)unit);
            else result.Add($"%{unit:X2}");
        return result.ToString();
    }

    private static StringValue XmlAttributes(Interpreter run, Value input, Bound arguments)
    {
        if (input is not DictValue dict) throw Fault.Runtime($"xmlattr needs a mapping, not {input.TypeName}");
        var (result, separator) = (new BoundedText(run.Budget), arguments.Flag(0, true) ? " " : "");
        foreach (var (key, value) in dict.Entries)
        {
            run.Budget.Step();
            if (value is NoneValue or UndefinedValue) continue;
            var name = Plain(key, run);
            if (name.AsSpan().ContainsAny(NotInNames)) throw Fault.Runtime($"invalid character in attribute name: '{name}'");
            result.Add(separator).Add(Operators.Escape(key, run.Budget)).Add("=\"").Add(Operators.Escape(value, run.Budget)).Add('"');
            separator = " ";
        }
        return new StringValue(result.ToString());
    }
}
