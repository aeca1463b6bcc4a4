using System.Runtime.CompilerServices;
using Trimtab.Models.Text.Templates.Values;

namespace Trimtab.Models.Text.Templates;

/// <summary>
/// What one rendering has used of its <see cref="TemplateLimits"/>. Whoever loops, recurses or makes text asks here first, so that no
/// memory is taken for a result that would be refused. Exceeding a limit ends the rendering; nothing is ever given back on that path.
/// </summary>
internal sealed class Budget
{
    private const int CharactersPerStep = 64;
    private readonly TemplateLimits _limits;
    private long _steps;
    private int _depth;

    public Budget(TemplateLimits limits)
    {
        limits.Validate();
        _limits = limits;
        Keys = new KeyComparer(this);
    }

    /// <summary>The equality of dict keys, which has to pay for comparing.</summary>
    public KeyComparer Keys { get; }

    /// <summary>The longest text allowed, in characters.</summary>
    public int MaxText => _limits.MaxOutputLength;

    /// <summary>Pays for elementary operations.</summary>
    public void Step(long count = 1)
    {
        _steps += count;
        if (_steps > _limits.MaxSteps || count < 0)
            throw Fault.Limit($"more than {_limits.MaxSteps} steps (MaxSteps)");
    }

    /// <summary>Pays for reading text once.</summary>
    public void Scan(long characters) => Step(1 + characters / CharactersPerStep);

    /// <summary>Pays for a call that may read its input and its arguments through.</summary>
    public void Scan(Value input, Arguments arguments)
    {
        Scan(LengthOf(input));
        foreach (var argument in arguments.Positional) Scan(LengthOf(argument));
        foreach (var (_, argument) in arguments.Named) Scan(LengthOf(argument));

        static int LengthOf(Value value) => value is StringValue text ? text.Text.Length : 0;
    }

    /// <summary>Pays for a text of this length, before it is made.</summary>
    public void Text(long characters)
    {
        if (characters > _limits.MaxOutputLength)
            throw Fault.Limit($"a text of more than {_limits.MaxOutputLength} characters (MaxOutputLength)");
        Scan(characters);
    }

    /// <summary>One level deeper, until <see cref="Leave"/>.</summary>
    public void Enter()
    {
        Step();
        if (++_depth > _limits.MaxDepth)
            throw Fault.Limit($"nested more than {_limits.MaxDepth} levels deep (MaxDepth)");
        GuardStack();
    }

    /// <summary>One level up again.</summary>
    public void Leave() => _depth--;

    /// <summary>
    /// The net below the counted limits: threads have stacks of different sizes, and an overflow would end the process.
    /// </summary>
    public static void GuardStack()
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw Fault.Limit("nested deeper than this thread's stack allows");
    }
}
