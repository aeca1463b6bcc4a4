using Trimtab.Evaluation.Personas;

namespace Trimtab.Cli;

/// <summary>Has an author write what a trait is measured with, and says on standard error how that goes.</summary>
internal static class ArtefactWriting
{
    /// <summary>How often a model may write where nothing else is said.</summary>
    public const int Attempts = 3;

    /// <summary>Writes an artefact. What is wrong with an answer is said, and the last answer shown where none could be used.</summary>
    /// <exception cref="TraitAuthorException">No answer could be used.</exception>
    public static TraitArtefact Write(TraitAuthor author, string name, string description, CancellationToken cancellation)
    {
        try
        {
            return author.Write(name, description, new Retold(), cancellation).GetAwaiter().GetResult();
        }
        catch (TraitAuthorException e)
        {
            Console.Error.WriteLine($"{e.LastAnswer.Trim()}\n");
            throw;
        }
    }

    private sealed class Retold : IProgress<string>
    {
        public void Report(string value) => Console.Error.WriteLine($"asking again: {value}");
    }
}
