using Trimtab.Models.Text.Templates.Values;

namespace Trimtab.Models.Text.Templates;

/// <summary>
/// Variables of one place. Assignments write here and nowhere else, reading looks outwards: what a loop's body sets is gone after each
/// turn. An <c>if</c> has no scope of its own.
/// </summary>
internal sealed class Scope(Scope? outer)
{
    // Every turn of a loop makes a scope, and most hold two or three variables: a dictionary is made only for more than a few.
    private const int Few = 6;
    private readonly Scope? _outer = outer;
    private (string Name, Value Value)[] _first = [];
    private int _count;
    private Dictionary<string, Value>? _many;

    public void Set(string name, Value value)
    {
        if (_many is not null)
        {
            _many[name] = value;
            return;
        }
        var index = IndexOf(name);
        if (index < 0 && _count == Few)
        {
            _many = _first.ToDictionary(variable => variable.Name, variable => variable.Value, StringComparer.Ordinal);
            _many[name] = value;
            return;
        }
        if (index < 0) index = _count++;
        if (index >= _first.Length) Array.Resize(ref _first, index < 2 ? 2 : Few);
        _first[index] = (name, value);
    }

    public Value? Find(string name)
    {
        for (var scope = this; scope is not null; scope = scope._outer)
            if (scope.FindHere(name) is { } value)
                return value;
        return null;
    }

    private Value? FindHere(string name)
    {
        if (_many is not null) return _many.GetValueOrDefault(name);
        return IndexOf(name) is >= 0 and var index ? _first[index].Value : null;
    }

    private int IndexOf(string name)
    {
        for (var i = 0; i < _count; i++)
            if (string.Equals(_first[i].Name, name, StringComparison.Ordinal))
                return i;
        return -1;
    }
}
