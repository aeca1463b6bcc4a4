using System.CommandLine;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab persona: traits, from what they are measured with to a direction for them.</summary>
internal static class PersonaVerb
{
    public static Command Create() => new("persona", "Traits of a model's persona: new writes what a trait is measured with.") { PersonaNewVerb.Create(), PersonaPromptVerb.Create() };
}
