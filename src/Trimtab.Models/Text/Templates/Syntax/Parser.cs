namespace Trimtab.Models.Text.Templates.Syntax;

/// <summary>Reads statements: the tags of a template and the text between them.</summary>
internal sealed class Parser
{
    private readonly TokenStream _tokens;
    private readonly Nesting _nesting = new();
    private readonly ExpressionParser _expressions;

    // Loops around the statement at hand, as far as break and continue reach: a macro's body is a place of its own.
    private int _loops;

    private Parser(TokenStream tokens) => (_tokens, _expressions) = (tokens, new ExpressionParser(tokens, _nesting));

    /// <summary>The statements of a template; throws where the source is not one.</summary>
    public static IReadOnlyList<Statement> Parse(string source)
    {
        var parser = new Parser(new TokenStream(Lexer.Tokenize(source)));
        var statements = parser.Statements([]);
        parser._expressions.CheckNames();
        return statements;
    }

    // Reads until a tag begins with one of the words, whose name it leaves to the caller.
    private List<Statement> Statements(ReadOnlySpan<string> ends)
    {
        _nesting.Enter(_tokens.Current);
        var statements = new List<Statement>();
        while (true)
        {
            var token = _tokens.Take();
            if (token.Kind == TokenKind.Data)
            {
                statements.Add(new Data(token.Text, token.Line));
            }
            else if (token.Kind == TokenKind.PrintBegin)
            {
                statements.Add(new Print(_expressions.ParseTuple(), token.Line));
                _tokens.Expect(TokenKind.PrintEnd);
            }
            else if (token.Kind == TokenKind.End)
            {
                if (ends.Length > 0)
                    throw Fault.Syntax($"unexpected end of template, expected '{string.Join("' or '", ends!)}'", token.Line);
                break;
            }
            else
            {
                if (_tokens.Current.Kind == TokenKind.Name && ends.Contains(_tokens.Current.Text)) break;
                statements.Add(Statement());
                _tokens.Expect(TokenKind.BlockEnd);
            }
        }
        _nesting.Leave();
        return statements;
    }

    private List<Statement> Body(params ReadOnlySpan<string> ends)
    {
        _tokens.SkipOperator(":");
        _tokens.Expect(TokenKind.BlockEnd);
        return Statements(ends);
    }

    private List<Statement> BodyTo(string end)
    {
        var body = Body(end);
        _tokens.ExpectName(end);
        return body;
    }

    private Statement Statement()
    {
        var (line, tag) = (_tokens.Current.Line, _tokens.ExpectIdentifier());
        return tag switch
        {
            "if" => If(line),
            "for" => For(line),
            "set" => Set(line),
            "macro" => Macro(line),
            "call" => CallBlock(line),
            "filter" => new FilterBlock(_expressions.ParseBlockFilters(startsAtName: true)!, BodyTo("endfilter"), line),
            "with" => With(line),
            "generation" => new GenerationBlock(OutsideLoops(() => BodyTo("endgeneration")), line),
            "block" => Block(line),
            "do" => new Do(_expressions.ParseTuple(), line),
            "print" => Print(line),
            "break" => _loops > 0 ? new Break(line) : throw Fault.Syntax("'break' stands outside of a loop", line),
            "continue" => _loops > 0 ? new Continue(line) : throw Fault.Syntax("'continue' stands outside of a loop", line),
            "include" or "import" or "from" or "extends" =>
                throw Fault.Syntax($"the statement '{tag}' needs other files, and a chat template stands alone", line),
            _ => throw Fault.Syntax($"unknown statement '{tag}'", line),
        };
    }

    private Print Print(int line)
    {
        var value = _expressions.ParseTuple();
        return new Print(value is TupleOf all ? new Concatenation(all.Items, line) : value, line);
    }

    private If If(int line)
    {
        var branches = new List<(Expression Test, IReadOnlyList<Statement> Body)>();
        List<Statement> otherwise = [];
        var word = "if";
        while (word is "if" or "elif")
        {
            var test = _expressions.ParseTuple(allowConditional: false);
            _expressions.EnterCondition();
            branches.Add((test, Body("elif", "else", "endif")));
            _expressions.LeaveCondition();
            word = _tokens.ExpectIdentifier();
        }
        if (word == "else")
        {
            _expressions.EnterCondition();
            otherwise = BodyTo("endif");
            _expressions.LeaveCondition();
        }
        return new If(branches, otherwise, line);
    }

    private For For(int line)
    {
        var target = _expressions.ParseTarget(end: "in");
        _tokens.ExpectName("in");
        var items = _expressions.ParseTuple(allowConditional: false, end: "recursive");
        var condition = _tokens.SkipName("if") ? _expressions.Parse() : null;
        var isRecursive = _tokens.SkipName("recursive");
        _loops++;
        var body = Body("endfor", "else");
        _loops--;
        var otherwise = _tokens.ExpectIdentifier() == "else" ? BodyTo("endfor") : [];
        return new For(target, items, condition, isRecursive, body, otherwise, line);
    }

    private Statement Set(int line)
    {
        var target = _expressions.ParseTarget(withNamespace: true);
        if (_tokens.SkipOperator("=")) return new Set(target, _expressions.ParseTuple(), line);
        return new SetBlock(target, _expressions.ParseBlockFilters(startsAtName: false), BodyTo("endset"), line);
    }

    private Macro Macro(int line)
    {
        var name = _tokens.ExpectIdentifier();
        return new Macro(name, Callee(name, _expressions.ParseParameters, "endmacro"), line);
    }

    private CallBlock CallBlock(int line)
    {
        Expression? target = null;
        var caller = Callee(null, () =>
        {
            var parameters = _tokens.IsOperator("(") ? _expressions.ParseParameters() : [];
            target = _expressions.Parse();
            return parameters;
        }, "endcall");
        return new CallBlock(target as Call ?? throw Fault.Syntax("a 'call' block has to call something", line), caller, line);
    }

    private MacroBody Callee(string? name, Func<List<(string Name, Expression? Default)>> parseParameters, string end)
    {
        _expressions.EnterMacro();
        var parameters = parseParameters();
        var body = OutsideLoops(() => BodyTo(end));
        return new MacroBody(name, parameters, body, _expressions.LeaveMacro());
    }

    private List<Statement> OutsideLoops(Func<List<Statement>> parse)
    {
        var loops = _loops;
        _loops = 0;
        var body = parse();
        _loops = loops;
        return body;
    }

    private With With(int line)
    {
        var bindings = new List<(Expression Target, Expression Value)>();
        while (_tokens.Current.Kind != TokenKind.BlockEnd)
        {
            if (bindings.Count > 0) _tokens.ExpectOperator(",");
            var target = _expressions.ParseTarget();
            _tokens.ExpectOperator("=");
            bindings.Add((target, _expressions.Parse()));
        }
        return new With(bindings, BodyTo("endwith"), line);
    }

    private Block Block(int line)
    {
        var name = _tokens.ExpectIdentifier();
        var isScoped = _tokens.SkipName("scoped");
        var body = OutsideLoops(() => BodyTo("endblock"));
        _tokens.SkipName(name);
        return new Block(name, isScoped, body, line);
    }
}
