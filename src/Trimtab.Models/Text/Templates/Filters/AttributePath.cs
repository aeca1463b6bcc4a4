using System.Globalization;
using Trimtab.Models.Text.Templates.Values;

namespace Trimtab.Models.Text.Templates.Filters;

/// <summary>The argument <c>attribute</c> of filters: a name, an index, or several of them with points between.</summary>
internal sealed class AttributePath
{
    private readonly List<Value> _keys;
    private readonly Interpreter _run;
    private readonly Value? _absent;

    /// <param name="attribute">The path.</param>
    /// <param name="run">What looks it up.</param>
    /// <param name="absent">The value in place of an undefined one.</param>
    public AttributePath(Value attribute, Interpreter run, Value? absent = null)
    {
        (_run, _absent) = (run, absent);
        run.Budget.Step(attribute is StringValue text ? text.Text.AsSpan().Count('.') : 0);
        _keys = attribute switch
        {
            IntValue => [attribute],
            StringValue path => [.. path.Text.Split('.').Select(Key)],
            UndefinedValue missing => throw missing.Error(),
            _ => throw Fault.Runtime($"an attribute is a name or an index, not {attribute.TypeName}"),
        };
    }

    /// <summary>What the path leads to from an item.</summary>
    public Value Of(Value item)
    {
        foreach (var key in _keys)
        {
            _run.Budget.Step();
            item = _run.Item(item, key);
            if (_absent is not null && item is UndefinedValue) item = _absent;
        }
        return item;
    }

    private static Value Key(string part) => part.Length is > 0 and < 10 && part.All(char.IsAsciiDigit)
        ? new IntValue(int.Parse(part, CultureInfo.InvariantCulture))
        : new StringValue(part);
}
