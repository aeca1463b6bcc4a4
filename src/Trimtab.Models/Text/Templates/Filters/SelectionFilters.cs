using Trimtab.Models.Text.Templates.Values;

namespace Trimtab.Models.Text.Templates.Filters;

/// <summary>Filters that apply a filter or test to every item. They read their input only as their result is read.</summary>
internal static class SelectionFilters
{
    public static Dictionary<string, Filter> All { get; } = new()
    {
        ["map"] = new("*arguments, **named", (run, v, a) => new IteratorValue(Items(v, run).Select(Mapping(a, run)))),
        ["reject"] = new("*arguments, **named", (run, v, a) => Selected(v, new(a.Rest, a.Named), false, item => item, run)),
        ["rejectattr"] = new("*arguments, **named", (run, v, a) => SelectedByAttribute(v, a, false, run)),
        ["select"] = new("*arguments, **named", (run, v, a) => Selected(v, new(a.Rest, a.Named), true, item => item, run)),
        ["selectattr"] = new("*arguments, **named", (run, v, a) => SelectedByAttribute(v, a, true, run)),
    };

    // Whatever is false counts as empty here, None and zero too.
    private static IEnumerable<Value> Items(Value input, Interpreter run) => input.IsTrue ? FilterTable.Items(input, run) : [];

    private static Func<Value, Value> Mapping(Bound arguments, Interpreter run)
    {
        if (arguments.Rest.Count == 0 && arguments.Named.TryGetValue("attribute", out var attribute))
        {
            arguments.Named.TryGetValue("default", out var absent);
            if (arguments.Named.Keys.FirstOrDefault(name => name is not ("attribute" or "default")) is { } unknown)
                throw Fault.Runtime($"map() got an unexpected keyword argument '{unknown}'");
            return new AttributePath(attribute, run, absent).Of;
        }
        if (arguments.Rest is not [StringValue name, ..]) throw Fault.Runtime("map requires a filter argument");
        var rest = new Arguments(arguments.Rest, arguments.Named).Skip(1);
        return item => FilterTable.Apply(name.Text, item, rest, run);
    }

    private static IteratorValue SelectedByAttribute(Value input, Bound arguments, bool wanted, Interpreter run)
    {
        if (arguments.Rest.Count == 0) throw Fault.Runtime("Missing parameter for attribute name");
        var path = new AttributePath(arguments.Rest[0], run);
        return Selected(input, new Arguments(arguments.Rest, arguments.Named).Skip(1), wanted, path.Of, run);
    }

    private static IteratorValue Selected(Value input, Arguments test, bool wanted, Func<Value, Value> part, Interpreter run)
    {
        if (test.Positional.Count == 0) return new(Items(input, run).Where(item => part(item).IsTrue == wanted));
        if (test.Positional[0] is not StringValue name) throw Fault.Runtime("the name of a test is a text");
        var rest = test.Skip(1);
        return new(Items(input, run).Where(item => TestTable.Apply(name.Text, part(item), rest, run) == wanted));
    }
}
