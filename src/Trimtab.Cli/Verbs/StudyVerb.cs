using System.CommandLine;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab study: experiments on a model organism whose results are evidence for or against published claims.</summary>
internal static class StudyVerb
{
    public static Command Create() => new("study", "Experiments on a model organism, with controls, that hold published claims against it.") { StudyRefusalVerb.Create() };
}
