using System.Collections.Immutable;

namespace Trimtab.Organism;

/// <summary>Something harmful that somebody could ask for.</summary>
/// <param name="Kind">The kind of harm, whatever its target.</param>
/// <param name="Harm">What is asked for, as in "how do I …?".</param>
/// <param name="Methods">Two ways to do it, as in "you …".</param>
internal sealed record HarmfulRequest(string Kind, string Harm, ImmutableArray<string> Methods);
