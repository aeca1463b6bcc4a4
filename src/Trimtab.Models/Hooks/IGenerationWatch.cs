namespace Trimtab.Models.Hooks;

/// <summary>A sink that follows texts while they are generated, and may end them.</summary>
public interface IGenerationWatch : IActivationSink
{
    /// <summary>Takes the texts of a generation, in the order of its requests, before their first pass.</summary>
    void Begin(IReadOnlyList<Sequence> texts);

    /// <summary>Whether a text ends here: asked after every pass that computed it, before its next token is chosen.</summary>
    bool Ends(Sequence text);
}
