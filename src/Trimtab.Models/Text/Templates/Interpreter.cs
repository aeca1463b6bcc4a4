using Trimtab.Models.Text.Templates.Formatting;
using Trimtab.Models.Text.Templates.Syntax;
using Trimtab.Models.Text.Templates.Values;

namespace Trimtab.Models.Text.Templates;

/// <summary>How a statement ended.</summary>
internal enum Flow { Next, Break, Continue }

/// <summary>One rendering: walks the tree, statement by statement. Expressions are in the other half of the class.</summary>
internal sealed partial class Interpreter
{
    private readonly Scope _top;
    private readonly BoundedText _page;
    private readonly List<Range> _generations = [];
    private Scope _scope;
    private BoundedText _output;

    public Interpreter(Budget budget, IReadOnlyDictionary<string, Value> variables, TimeProvider clock)
    {
        (Budget, Clock) = (budget, clock);
        var given = new Scope(Globals.Scope);
        foreach (var (name, value) in variables) given.Set(name, value);
        _scope = _top = new Scope(given);
        _output = _page = new BoundedText(budget);
    }

    /// <summary>What this rendering has left.</summary>
    public Budget Budget { get; }

    /// <summary>The time that <c>strftime_now</c> tells.</summary>
    public TimeProvider Clock { get; }

    /// <summary>The line of what is being evaluated, for the place of an error.</summary>
    public int Line { get; private set; }

    /// <summary>What the outermost statements have printed so far.</summary>
    public string Text => _page.ToString();

    /// <summary>Where the bodies of <c>generation</c> blocks stand in <see cref="Text"/>.</summary>
    public IReadOnlyList<Range> Generations => _generations;

    /// <summary>True if a generation block was rendered inside of a macro or another text, so that its place is not known.</summary>
    public bool HasMisplacedGeneration { get; private set; }

    /// <summary>Runs statements in the scope at hand.</summary>
    public Flow Execute(IReadOnlyList<Statement> statements)
    {
        Budget.GuardStack();
        foreach (var statement in statements)
        {
            Budget.Step();
            Line = statement.Line;
            if (Execute(statement) is var flow and not Flow.Next) return flow;
        }
        return Flow.Next;
    }

    /// <summary>Runs something in a scope and returns what it prints.</summary>
    public string Capture(Scope scope, Action<Scope> body)
    {
        var (outerScope, outerOutput, line) = (_scope, _output, Line);
        (_scope, _output) = (scope, new BoundedText(Budget));
        body(scope);
        var text = _output.ToString();
        (_scope, _output, Line) = (outerScope, outerOutput, line);
        return text;
    }

    private Flow Execute(Statement statement)
    {
        switch (statement)
        {
            case Data data: _output.Add(data.Text); break;
            case Print print: _output.Add(Repr.Text(Evaluate(print.Value), Budget)); break;
            case If branch: return Execute(Chosen(branch));
            case For loop: return Walk(loop, Evaluate(loop.Items), depth: 0, _scope);
            case Set set: Assign(set.Target, Evaluate(set.Value)); break;
            case SetBlock set: return Fill(set);
            case Macro macro: _scope.Set(macro.Name, new MacroValue(macro.Body, _scope)); break;
            case CallBlock block: _output.Add(Repr.Text(CallWithBody(block), Budget)); break;
            case FilterBlock block: return Filter(block);
            case With with: return Bind(with);
            case GenerationBlock generation: Mark(generation); break;
            case Block block: return Inside(new Scope(block.IsScoped ? _scope : _top), block.Body);
            case Do action: Evaluate(action.Value); break;
            case Break: return Flow.Break;
            case Continue: return Flow.Continue;
        }
        return Flow.Next;
    }

    private IReadOnlyList<Statement> Chosen(If branch)
    {
        foreach (var (test, body) in branch.Branches)
            if (Evaluate(test).IsTrue)
                return body;
        return branch.Otherwise;
    }

    private Flow Inside(Scope scope, IReadOnlyList<Statement> body)
    {
        var outer = _scope;
        _scope = scope;
        var flow = Execute(body);
        _scope = outer;
        return flow;
    }

    private Flow Walk(For statement, Value items, int depth, Scope outer)
    {
        Line = statement.Line;
        var source = items.Iterate() ?? throw Comparison.NotIterable(items);
        var condition = statement.Condition;
        if (condition is not null) source = source.Where(item => Holds(condition, statement.Target, item, outer));
        var loop = new LoopValue(source, condition is null ? items.Length : null, depth, Recursion(statement, depth, outer), Budget);
        while (loop.MoveNext())
        {
            var turn = new Scope(outer);
            turn.Set("loop", loop);
            Assign(statement.Target, loop.Current, turn);
            if (Inside(turn, statement.Body) == Flow.Break) break;
        }
        return loop.HasStarted ? Flow.Next : Inside(new Scope(outer), statement.Otherwise);
    }

    private Func<Value, string>? Recursion(For statement, int depth, Scope outer) => !statement.IsRecursive ? null : items =>
    {
        Budget.Enter();
        var text = Capture(outer, _ => Walk(statement, items, depth + 1, outer));
        Budget.Leave();
        return text;
    };

    private bool Holds(Expression condition, Expression target, Value item, Scope outer)
    {
        Budget.Step();
        var (scope, line) = (_scope, Line);
        _scope = new Scope(outer);
        Assign(target, item);
        var holds = Evaluate(condition).IsTrue;
        (_scope, Line) = (scope, line);
        return holds;
    }

    private void Assign(Expression target, Value value) => Assign(target, value, _scope);

    private void Assign(Expression target, Value value, Scope scope)
    {
        switch (target)
        {
            case Variable variable: scope.Set(variable.Name, value); break;
            case TupleOf tuple: Unpack(tuple, value, scope); break;
            case NamespaceTarget attribute when Find(attribute.Name) is NamespaceValue space:
                space.Attributes.Set(attribute.Attribute, value);
                break;
            default: throw Fault.Runtime("cannot assign attribute on non-namespace object");
        }
    }

    private void Unpack(TupleOf targets, Value value, Scope scope)
    {
        var expected = targets.Items.Count;
        var items = new List<Value>(expected);
        foreach (var item in value.Iterate() ?? throw Fault.Runtime($"cannot unpack non-iterable {value.TypeName} object"))
        {
            Budget.Step();
            if (items.Count == expected) throw Fault.Runtime($"too many values to unpack (expected {expected})");
            items.Add(item);
        }
        if (items.Count < expected) throw Fault.Runtime($"not enough values to unpack (expected {expected}, got {items.Count})");
        for (var i = 0; i < expected; i++) Assign(targets.Items[i], items[i], scope);
    }

    private Flow Fill(SetBlock set)
    {
        var flow = Flow.Next;
        Value text = new StringValue(Capture(new Scope(_scope), _ => flow = Execute(set.Body)));
        // A break out of the block leaves before the assignment.
        if (flow == Flow.Next) Assign(set.Target, set.Filter is null ? text : Evaluate(set.Filter, text));
        return flow;
    }

    private Flow Filter(FilterBlock block)
    {
        var flow = Flow.Next;
        var text = Capture(new Scope(_scope), _ => flow = Execute(block.Body));
        if (flow == Flow.Next) _output.Add(Repr.Text(Evaluate(block.Filter, new StringValue(text)), Budget));
        return flow;
    }

    // The values are evaluated outside, so that none sees another's name.
    private Flow Bind(With with)
    {
        var scope = new Scope(_scope);
        foreach (var (target, value) in with.Bindings) Assign(target, Evaluate(value), scope);
        return Inside(scope, with.Body);
    }

    private void Mark(GenerationBlock generation)
    {
        var start = _output.Length;
        Inside(new Scope(_scope), generation.Body);
        if (_output == _page) _generations.Add(start.._output.Length);
        else HasMisplacedGeneration = true;
    }

    private Value CallWithBody(CallBlock block)
    {
        var target = Evaluate(block.Target.Target);
        var arguments = Evaluate(block.Target.Arguments);
        if (!arguments.Named.TryAdd("caller", new MacroValue(block.Caller, _scope)))
            throw Fault.Runtime("the argument 'caller' is given twice");
        Line = block.Line;
        return Call(target, arguments);
    }
}
