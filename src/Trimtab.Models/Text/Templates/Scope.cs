using Trimtab.Models.Text.Templates.Values;

namespace Trimtab.Models.Text.Templates;

/// <summary>
/// Variables of one place. Assignments write here and nowhere else, reading looks outwards: what a loop's body sets is gone after each
/// turn. An <c>if</c> has no scope of its own.
/// </summary>
internal sealed class Scope(Scope? outer)
{
    private readonly Dictionary<string, Value> _variables = new(StringComparer.Ordinal);

    public void Set(string name, Value value) => _variables[name] = value;

    public Value? Find(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Outer)
            if (scope._variables.TryGetValue(name, out var value))
                return value;
        return null;
    }

    private Scope? Outer { get; } = outer;
}
