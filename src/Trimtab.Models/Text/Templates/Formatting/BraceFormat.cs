using Trimtab.Models.Text.Templates.Values;

namespace Trimtab.Models.Text.Templates.Formatting;

/// <summary>Python's <c>'{} and {name:>5}'.format(...)</c>. Fields reach attributes and items as templates do, nothing more.</summary>
internal sealed class BraceFormat(Bound values, Func<Value, string> text, Interpreter run)
{
    private const int MaxNesting = 2;
    private int _automatic;

    /// <summary>Fills the fields of a format; a specification may hold fields in turn.</summary>
    public string Fill(string format, int depth = 0)
    {
        if (depth >= MaxNesting) throw Fault.Runtime("Max string recursion exceeded");
        var result = new BoundedText(run.Budget);
        for (var i = 0; i < format.Length;)
        {
            run.Budget.Step();
            var next = format.AsSpan(i).IndexOfAny('{', '}');
            next = next < 0 ? format.Length : i + next;
            result.Add(format.AsSpan(i..next));
            i = next + 1;
            if (next == format.Length) break;
            if (i < format.Length && format[i] == format[next]) result.Add(format[i++]);
            else if (format[next] == '}') throw Fault.Runtime("Single '}' encountered in format string");
            else result.Add(Field(format, ref i, depth));
        }
        return result.ToString();
    }

    private string Field(string format, ref int position, int depth)
    {
        var end = Close(format, position);
        var field = format[position..end];
        position = end + 1;
        var mark = NameEnd(field);
        var value = Lookup(field[..mark]);
        var conversion = mark < field.Length && field[mark] == '!' ? field[(mark + 1)..].Split(':', 2)[0] : null;
        var colon = mark + (conversion is null ? 0 : conversion.Length + 1);
        var spec = colon < field.Length ? Fill(field[(colon + 1)..], depth + 1) : "";
        return FormatSpec.Apply(Converted(value, conversion), spec, text, run.Budget);
    }

    private static int Close(string format, int start)
    {
        for (int i = start, open = 1; i < format.Length; i++)
        {
            if (format[i] == '{') open++;
            if (format[i] == '}' && --open == 0) return i;
        }
        throw Fault.Runtime("expected '}' before end of string");
    }

    // The name ends at '!' or ':' outside of brackets.
    private static int NameEnd(string field)
    {
        var inBrackets = false;
        for (var i = 0; i < field.Length; i++)
        {
            if (field[i] == '[') inBrackets = true;
            if (field[i] == ']') inBrackets = false;
            if (!inBrackets && field[i] is '!' or ':' && !inBrackets) return i;
        }
        return field.Length;
    }

    private Value Lookup(string path)
    {
        var end = path.AsSpan().IndexOfAny('.', '[');
        var value = First(end < 0 ? path : path[..end]);
        for (var i = end < 0 ? path.Length : end; i < path.Length;)
        {
            run.Budget.Step();
            var isItem = path[i] == '[';
            var stop = isItem ? path.IndexOf(']', i) : path.AsSpan(i + 1).IndexOfAny('.', '[') is >= 0 and var n ? i + 1 + n : path.Length;
            if (stop < 0) throw Fault.Runtime("Missing ']' in format string");
            var key = path[(i + 1)..stop];
            value = isItem
                ? run.Item(value, key.Length > 0 && key.All(char.IsAsciiDigit) ? new IntValue(FormatSpec.Size(key)) : new StringValue(key))
                : run.Attribute(value, key);
            i = isItem ? stop + 1 : stop;
        }
        return value;
    }

    private Value First(string name)
    {
        if (name.Length > 0 && !char.IsAsciiDigit(name[0]))
            return values.Named.TryGetValue(name, out var named) ? named : throw Fault.Runtime($"KeyError: '{name}'");
        var index = name.Length == 0 ? _automatic++ : FormatSpec.Size(name);
        return index < values.Rest.Count
            ? values.Rest[(int)index]
            : throw Fault.Runtime($"Replacement index {index} out of range for positional args tuple");
    }

    private Value Converted(Value value, string? conversion) => conversion switch
    {
        null => value,
        "s" => new StringValue(Repr.Text(value, run.Budget)),
        "r" => new StringValue(Repr.Of(value, run.Budget)),
        "a" => new StringValue(FormatSpec.Ascii(value, run.Budget)),
        _ => throw Fault.Runtime($"Unknown conversion specifier '{conversion}'"),
    };
}
