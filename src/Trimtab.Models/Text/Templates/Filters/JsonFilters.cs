using Trimtab.Models.Text.Templates.Formatting;
using Trimtab.Models.Text.Templates.Values;

namespace Trimtab.Models.Text.Templates.Filters;

/// <summary>The filter <c>tojson</c> as Hugging Face defines it: plain JSON, nothing escaped for HTML.</summary>
internal static class JsonFilters
{
    public static Dictionary<string, Filter> All { get; } = new()
    {
        ["tojson"] = new("ensure_ascii?, indent?, separators?, sort_keys?", ToJson),
    };

    private static StringValue ToJson(Interpreter run, Value value, Bound arguments)
    {
        var indent = arguments.Given(1) switch
        {
            null => null,
            StringValue text => text.Text,
            _ => new BoundedText(run.Budget).Add(' ', arguments.Integer(1, 0)).ToString(),
        };
        var (items, keys) = arguments.Given(2) switch
        {
            null => (indent is null ? ", " : ",", ": "),
            SequenceValue { Items: [StringValue item, StringValue key] } => (item.Text, key.Text),
            _ => throw Fault.Runtime("separators must be a pair of texts"),
        };
        return new StringValue(new JsonText(indent, items, keys, arguments.Flag(0), arguments.Flag(3), run.Budget).Write(value));
    }
}
