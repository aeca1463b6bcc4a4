namespace Trimtab.Evaluation.Personas;

/// <summary>A model did not write a usable artefact.</summary>
public sealed class TraitAuthorException : FormatException
{
    /// <summary>An error with the last thing that the model wrote.</summary>
    public TraitAuthorException(string message, string lastAnswer, Exception? inner = null)
        : base(message, inner) => LastAnswer = lastAnswer;

    /// <summary>The model's last answer, as it came.</summary>
    public string LastAnswer { get; }
}
