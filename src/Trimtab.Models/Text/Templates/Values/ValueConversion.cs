using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Trimtab.Models.Text.Templates.Values;

/// <summary>Values from what a caller has: plain .NET values, JSON, and lists and dictionaries of both.</summary>
internal sealed class ValueConversion(Budget budget)
{
    public Value Of(object? source)
    {
        budget.Enter();
        Value value = source switch
        {
            null => NoneValue.Instance,
            string text => new StringValue(text),
            bool flag => BoolValue.Of(flag),
            ulong number => new IntValue(number),
            int or long or short or byte or uint => new IntValue(Convert.ToInt64(source, CultureInfo.InvariantCulture)),
            BigInteger number => new IntValue(number),
            float or double => new FloatValue(Convert.ToDouble(source, CultureInfo.InvariantCulture)),
            JsonElement element => OfJson(element),
            JsonDocument document => OfJson(document.RootElement),
            JsonNode node => OfNode(node),
            IReadOnlyDictionary<string, object?> fields => OfFields(fields),
            IDictionary fields => OfMap(fields),
            IEnumerable items => new ListValue([.. items.Cast<object?>().Select(Of)]),
            _ => throw new ArgumentException(
                $"Chat template: a variable of type {source.GetType()} cannot be passed — expected a text, a number, a bool, null, JSON, "
                + "or lists and dictionaries of those. Convert it first.",
                nameof(source)),
        };
        budget.Leave();
        return value;
    }

    private DictValue OfFields(IEnumerable<KeyValuePair<string, object?>> fields)
    {
        var dict = new DictValue(budget);
        foreach (var (name, value) in fields) dict.Set(name, Of(value));
        return dict;
    }

    private DictValue OfMap(IDictionary map)
    {
        var dict = new DictValue(budget);
        foreach (DictionaryEntry entry in map) dict.Set(Of(entry.Key), Of(entry.Value));
        return dict;
    }

    private Value OfNode(JsonNode node) => node switch
    {
        JsonObject fields => OfFields(fields.Select(field => KeyValuePair.Create(field.Key, (object?)field.Value))),
        JsonArray items => new ListValue([.. items.Select(item => Of(item))]),
        JsonValue scalar when scalar.TryGetValue<JsonElement>(out var element) => OfJson(element),
        JsonValue scalar when scalar.TryGetValue<string>(out var text) => new StringValue(text),
        // What is left was made from a .NET number or bool; its JSON text says which.
        _ => OfScalarText(node.ToJsonString()),
    };

    private Value OfScalarText(string json)
    {
        using var document = JsonDocument.Parse(json);
        return OfJson(document.RootElement);
    }

    private Value OfJson(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => new StringValue(Text(element)),
        JsonValueKind.Number => Number(element.GetRawText()),
        JsonValueKind.True => BoolValue.True,
        JsonValueKind.False => BoolValue.False,
        JsonValueKind.Array => new ListValue([.. element.EnumerateArray().Select(item => Of(item))]),
        JsonValueKind.Object => OfFields(element.EnumerateObject().Select(field => KeyValuePair.Create(field.Name, (object?)field.Value))),
        _ => NoneValue.Instance,
    };

    private static string Text(JsonElement element)
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Fault.Runtime("a text in the JSON holds half a surrogate pair, which is no character");
        }
    }

    // As Python reads JSON: a point or an exponent makes a float.
    private static Value Number(string text) => text.AsSpan().IndexOfAny(".eE") >= 0
        ? new FloatValue(double.Parse(text, CultureInfo.InvariantCulture))
        : new IntValue(text.Length <= TemplateLimits.MaxIntegerBits / 3
            ? BigInteger.Parse(text, CultureInfo.InvariantCulture)
            : throw Fault.Limit($"an integer of {text.Length} digits"));
}
