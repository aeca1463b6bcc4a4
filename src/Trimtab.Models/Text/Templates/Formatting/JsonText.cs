using System.Globalization;
using Trimtab.Models.Text.Templates.Values;

namespace Trimtab.Models.Text.Templates.Formatting;

/// <summary>Python's json.dumps, whose spacing templates have been trained on: <c>{"a": 1, "b": [2]}</c>.</summary>
/// <param name="indent">What each level is indented by; null writes everything on one line.</param>
/// <param name="itemSeparator">What stands between two items.</param>
/// <param name="keySeparator">What stands between a key and its value.</param>
/// <param name="asciiOnly">Whether all but ASCII is escaped.</param>
/// <param name="sortKeys">Whether entries are sorted by their keys.</param>
/// <param name="budget">What pays.</param>
internal sealed class JsonText(string? indent, string itemSeparator, string keySeparator, bool asciiOnly, bool sortKeys, Budget budget)
{
    private readonly BoundedText _text = new(budget);
    private int _level;

    public string Write(Value value)
    {
        Add(value);
        return _text.ToString();
    }

    private void Add(Value value)
    {
        budget.Enter();
        switch (value)
        {
            case StringValue text: AddText(text.Text); break;
            case SequenceValue sequence: AddBlock('[', sequence.Items, Add, ']'); break;
            case DictValue dict: AddBlock('{', Entries(dict), AddEntry, '}'); break;
            default: _text.Add(Scalar(value) ?? throw Fault.Runtime($"Object of type {value.TypeName} is not JSON serializable")); break;
        }
        budget.Leave();
    }

    private static string? Scalar(Value value) => value switch
    {
        NoneValue => "null",
        BoolValue flag => flag.IsTrue ? "true" : "false",
        IntValue number => number.Number.ToString(CultureInfo.InvariantCulture),
        FloatValue { Number: double.NaN } => "NaN",
        FloatValue { Number: double.PositiveInfinity } => "Infinity",
        FloatValue { Number: double.NegativeInfinity } => "-Infinity",
        FloatValue number => FloatText.Shortest(number.Number),
        _ => null,
    };

    private List<KeyValuePair<Value, Value>> Entries(DictValue dict)
    {
        var entries = dict.Entries.ToList();
        if (sortKeys) Comparison.Sort(entries, entry => entry.Key, descending: false, budget);
        return entries;
    }

    private void AddBlock<T>(char open, List<T> items, Action<T> add, char close)
    {
        _text.Add(open);
        _level++;
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0) _text.Add(itemSeparator);
            NewLine();
            add(items[i]);
        }
        _level--;
        if (items.Count > 0) NewLine();
        _text.Add(close);
    }

    private void NewLine()
    {
        if (indent is not null) _text.Add('\n').Add(indent, _level);
    }

    private void AddEntry(KeyValuePair<Value, Value> entry)
    {
        AddText(entry.Key is StringValue name ? name.Text : Scalar(entry.Key)
            ?? throw Fault.Runtime($"keys must be str, int, float, bool or None, not {entry.Key.TypeName}"));
        _text.Add(keySeparator);
        Add(entry.Value);
    }

    private void AddText(string text)
    {
        _text.Add('"');
        foreach (var character in text)
            switch (character)
            {
                case '"': _text.Add("\\\""); break;
                case '\\': _text.Add(@"\\"); break;
                case '\n': _text.Add(@"\n"); break;
                case '\r': _text.Add(@"\r"); break;
                case '\t': _text.Add(@"\t"); break;
                case '\f': _text.Add(@"\f"); break;
                case '\b': _text.Add(@"\b"); break;
                case < ' ': _text.Add($"\\u{(int)character:x4}"); break;
                case > '~' when asciiOnly: _text.Add($"\\u{(int)character:x4}"); break;
                default: _text.Add(character); break;
            }
        _text.Add('"');
    }
}
