using Trimtab.Models.Text.Templates.Formatting;
using Trimtab.Models.Text.Templates.Values;

namespace Trimtab.Models.Text.Templates;

/// <summary>The functions that every template has.</summary>
internal static class Globals
{
    // Room to add, subtract and multiply by a stride without overflow.
    private const long RangeBound = 1L << 60;

    /// <summary>Outermost scope of every rendering.</summary>
    public static Scope Scope { get; } = Make(
        new("range", new("start, stop?, step?"), (_, a) => Range(a)),
        new("namespace", new("*entries, **named"), (run, a) => new NamespaceValue(Dict(a, run.Budget))),
        new("dict", new("*entries, **named"), (run, a) => Dict(a, run.Budget)),
        new("joiner", new("sep?"), (_, a) => new JoinerValue(a[0] ?? new StringValue(", "))),
        new("cycler", new("*items"), (_, a) =>
            a.Rest.Count > 0 ? new CyclerValue(a.Rest) : throw Fault.Runtime("at least one item has to be provided")),
        new("lipsum", new("*any, **named"), (_, _) =>
            throw Fault.Runtime("lipsum() makes random text, and a rendering has to be repeatable")),
        new("raise_exception", new("message"), (run, a) => throw Fault.Raised(Repr.Text(a[0]!, run.Budget))),
        new("strftime_now", new("format"), (run, a) =>
            new StringValue(ClockText.Format(run.Clock.GetLocalNow().DateTime, a.Text(0), run.Budget))));

    private static Scope Make(params FunctionValue[] functions)
    {
        var scope = new Scope(outer: null);
        foreach (var function in functions) scope.Set(function.Name, function);
        return scope;
    }

    private static RangeValue Range(Bound arguments)
    {
        var start = arguments[1] is null ? 0 : End(arguments, 0);
        var stop = End(arguments, arguments[1] is null ? 0 : 1);
        var step = arguments[2] is null ? 1 : End(arguments, 2);
        return step == 0 ? throw Fault.Runtime("range() arg 3 must not be zero") : new RangeValue(start, stop, step);
    }

    private static long End(Bound arguments, int parameter)
    {
        var end = arguments.Integer(parameter, 0);
        return Math.Abs(end) <= RangeBound ? end : throw Fault.Limit($"a range beyond {RangeBound}");
    }

    private static DictValue Dict(Bound arguments, Budget budget)
    {
        if (arguments.Rest.Count > 1) throw Fault.Runtime($"dict expected at most 1 argument, got {arguments.Rest.Count}");
        var dict = new DictValue(budget);
        if (arguments.Rest.Count == 1) Copy(arguments.Rest[0], dict, budget);
        foreach (var (name, value) in arguments.Named) dict.Set(name, value);
        return dict;
    }

    private static void Copy(Value source, DictValue target, Budget budget)
    {
        foreach (var item in source.Iterate() ?? throw Comparison.NotIterable(source))
        {
            budget.Step();
            if (source is DictValue dict) target.Set(item, dict.Entries[item]);
            else if (item is SequenceValue { Items.Count: 2 } pair) target.Set(pair.Items[0], pair.Items[1]);
            else throw Fault.Runtime("dict() needs a mapping, or a sequence of pairs");
        }
    }
}
