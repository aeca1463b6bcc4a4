using System.Globalization;
using System.Text;
using Trimtab.Models.Text.Templates.Values;

namespace Trimtab.Models.Text.Templates.Formatting;

/// <summary>Python's <c>str</c> and <c>repr</c> of values.</summary>
internal static class Repr
{
    /// <summary>What <c>{{ value }}</c> prints.</summary>
    public static string Text(Value value, Budget budget) => value switch
    {
        StringValue text => text.Text,
        UndefinedValue => "",
        _ => Of(value, budget),
    };

    /// <summary>What stands for the value inside a printed list.</summary>
    public static string Of(Value value, Budget budget)
    {
        var text = new BoundedText(budget);
        Write(value, text, budget);
        return text.ToString();
    }

    /// <summary>The characters of a text in quotes, with all that does not print escaped.</summary>
    public static string Quote(string text, Budget budget, bool asciiOnly = false)
    {
        var result = new BoundedText(budget);
        WriteText(text, result, asciiOnly);
        return result.ToString();
    }

    private static void Write(Value value, BoundedText text, Budget budget)
    {
        budget.Enter();
        switch (value)
        {
            case StringValue { IsMarkup: true } markup: text.Add("Markup("); WriteText(markup.Text, text); text.Add(")"); break;
            case StringValue plain: WriteText(plain.Text, text); break;
            case ListValue list: WriteItems("[", list.Items, "]", text, budget); break;
            case TupleValue tuple: WriteItems("(", tuple.Items, tuple.Items.Count == 1 ? ",)" : ")", text, budget); break;
            case DictValue dict: WriteEntries(dict, text, budget); break;
            case DictView view: WriteItems(view.TypeName + "([", view.Iterate(), "])", text, budget); break;
            case NamespaceValue scope: text.Add("<Namespace "); WriteEntries(scope.Attributes, text, budget); text.Add(">"); break;
            default: text.Add(Simple(value)); break;
        }
        budget.Leave();
    }

    private static string Simple(Value value) => value switch
    {
        NoneValue => "None",
        BoolValue flag => flag.IsTrue ? "True" : "False",
        IntValue number => number.Number.ToString(CultureInfo.InvariantCulture),
        FloatValue number => FloatText.Shortest(number.Number),
        RangeValue { Stride: 1 } range => string.Create(CultureInfo.InvariantCulture, $"range({range.Start}, {range.Stop})"),
        RangeValue range => string.Create(CultureInfo.InvariantCulture, $"range({range.Start}, {range.Stop}, {range.Stride})"),
        UndefinedValue => "Undefined",
        MacroValue macro => $"<Macro '{macro.Name}'>",
        LoopValue loop => loop.Describe(),
        FunctionValue function => $"<function {function.Name}>",
        _ => $"<{value.TypeName} object>",
    };

    private static void WriteItems(string open, IEnumerable<Value> items, string close, BoundedText text, Budget budget)
    {
        text.Add(open);
        var separator = "";
        foreach (var item in items)
        {
            text.Add(separator);
            Write(item, text, budget);
            separator = ", ";
        }
        text.Add(close);
    }

    private static void WriteEntries(DictValue dict, BoundedText text, Budget budget)
    {
        text.Add('{');
        var separator = "";
        foreach (var (key, value) in dict.Entries)
        {
            text.Add(separator);
            Write(key, text, budget);
            text.Add(": ");
            Write(value, text, budget);
            separator = ", ";
        }
        text.Add('}');
    }

    private static void WriteText(string value, BoundedText text, bool asciiOnly = false)
    {
        // Double quotes only where they save escaping.
        var quote = value.Contains('\'', StringComparison.Ordinal) && !value.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        text.Add(quote);
        for (var i = 0; i < value.Length; i++)
            if (Rune.TryGetRuneAt(value, i, out var rune))
            {
                WriteRune(rune, quote, text, asciiOnly);
                i += rune.Utf16SequenceLength - 1;
            }
            else
            {
                text.Add(Escape(value[i]));
            }
        text.Add(quote);
    }

    private static void WriteRune(Rune rune, char quote, BoundedText text, bool asciiOnly)
    {
        switch (rune.Value)
        {
            case '\\': text.Add(@"\\"); break;
            case '\n': text.Add(@"\n"); break;
            case '\r': text.Add(@"\r"); break;
            case '\t': text.Add(@"\t"); break;
            case var code when code == quote: text.Add('\\').Add(quote); break;
            case var code when Characters.IsPrintable(rune) && (rune.IsAscii || !asciiOnly):
                if (rune.IsBmp) text.Add((char)code);
                else text.Add(rune.ToString());
                break;
            default: text.Add(Escape(rune.Value)); break;
        }
    }

    private static string Escape(int code) => code switch
    {
        < 0x100 => $"\\x{code:x2}",
        < 0x10000 => $"\\u{code:x4}",
        _ => $"\\U{code:x8}",
    };
}
