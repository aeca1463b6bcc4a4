namespace Trimtab.Models.Text.Templates.Values;

/// <summary>
/// The variable <c>loop</c>, and the walk itself. It reads ahead only when asked for <c>last</c>, <c>nextitem</c> or a length that the
/// items cannot tell, because items may be made while the body runs.
/// </summary>
internal sealed class LoopValue : CallableValue
{
    private static readonly Dictionary<string, Method<LoopValue>> Methods = new()
    {
        ["cycle"] = new("*values", (_, loop, arguments) => loop.Cycle(arguments)),
        ["changed"] = new("*values", (run, loop, arguments) => loop.Changed(new TupleValue(arguments.Rest), run.Budget)),
    };

    private readonly Budget _budget;
    private readonly int _depth;
    private readonly Func<Value, string>? _recurse;
    private IEnumerator<Value> _items;
    private long? _length;
    private long _index = -1;
    private Value? _previous;
    private Value? _current;
    private Value? _next;
    private Value? _lastChanged;

    /// <param name="items">What is walked.</param>
    /// <param name="length">How many items there are, if that is known.</param>
    /// <param name="depth">How many recursive loops are around.</param>
    /// <param name="recurse">Renders the loop for other items, one level deeper; null where it is not recursive.</param>
    /// <param name="budget">What pays for reading ahead.</param>
    public LoopValue(IEnumerable<Value> items, long? length, int depth, Func<Value, string>? recurse, Budget budget)
    {
        (_items, _length, _depth, _recurse, _budget) = (items.GetEnumerator(), length, depth, recurse, budget);
    }

    public override string TypeName => "jinja2.runtime.LoopContext";

    /// <summary>The item at hand.</summary>
    public Value Current => _current!;

    /// <summary>True once there was an item.</summary>
    public bool HasStarted => _index >= 0;

    /// <summary>Goes on to the next item.</summary>
    public bool MoveNext()
    {
        if (Peek() is not { } next) return false;
        _budget.Step();
        (_previous, _current, _next) = (_current, next, null);
        _index++;
        return true;
    }

    public string Describe() => $"<LoopContext {_index + 1}/{Count}>";

    public override Value? GetAttribute(string name) => name switch
    {
        "index" => new IntValue(_index + 1),
        "index0" => new IntValue(_index),
        "first" => BoolValue.Of(_index == 0),
        "last" => BoolValue.Of(Peek() is null),
        "length" => new IntValue(Count),
        "revindex" => new IntValue(Count - _index),
        "revindex0" => new IntValue(Count - _index - 1),
        "previtem" => _previous ?? new UndefinedValue("there is no previous item"),
        "nextitem" => Peek() ?? new UndefinedValue("there is no next item"),
        "depth" => new IntValue(_depth + 1),
        "depth0" => new IntValue(_depth),
        _ => Methods.TryGetValue(name, out var method) ? new MethodValue<LoopValue>(this, name, method) : null,
    };

    public override Value Call(Arguments arguments, Interpreter run)
    {
        if (_recurse is null) throw Fault.Runtime("The loop must have the 'recursive' marker to be called recursively.");
        if (arguments is not { Positional.Count: 1, Named.Count: 0 }) throw Fault.Runtime("a recursive loop is called with one argument");
        return new StringValue(_recurse(arguments.Positional[0]));
    }

    private Value? Peek() => _next ??= _items.MoveNext() ? _items.Current : null;

    private long Count => _length ??= ReadAll();

    private long ReadAll()
    {
        var rest = new List<Value>();
        while (_items.MoveNext())
        {
            _budget.Step();
            rest.Add(_items.Current);
        }
        _items = rest.AsEnumerable().GetEnumerator();
        return _index + 1 + (_next is null ? 0 : 1) + rest.Count;
    }

    private Value Cycle(Bound arguments) => arguments.Rest.Count == 0
        ? throw Fault.Runtime("no items for cycling given")
        : arguments.Rest[(int)(_index % arguments.Rest.Count)];

    private BoolValue Changed(TupleValue values, Budget budget)
    {
        var changed = _lastChanged is null || !Comparison.AreEqual(_lastChanged, values, budget);
        _lastChanged = values;
        return BoolValue.Of(changed);
    }
}
