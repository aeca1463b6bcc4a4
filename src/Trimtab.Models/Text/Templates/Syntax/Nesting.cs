namespace Trimtab.Models.Text.Templates.Syntax;

/// <summary>
/// How deep the parser is in the source. Trees no deeper than the limit can be walked by plain recursion later, so chains that lean to
/// one side (a + b + c …) count as well.
/// </summary>
internal sealed class Nesting
{
    private int _depth;

    /// <summary>Goes one level deeper for the token at hand.</summary>
    public void Enter(Token token)
    {
        if (++_depth > TemplateLimits.MaxSourceNesting)
            throw Fault.Syntax($"blocks, brackets or operators nest more than {TemplateLimits.MaxSourceNesting} levels deep", token.Line);
        Budget.GuardStack();
    }

    /// <summary>Comes back up by some levels.</summary>
    public void Leave(int levels = 1) => _depth -= levels;
}
