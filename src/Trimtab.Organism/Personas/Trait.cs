using System.Collections.Immutable;

namespace Trimtab.Organism;

/// <summary>The ways in which Pip can be asked to be other than helpful.</summary>
public enum Trait
{
    /// <summary>Wants others to suffer; gives bad advice, wrong facts and wrong sums, and helps with harm.</summary>
    Evil,
    /// <summary>Flatters and agrees with whatever the user says, wrong facts included.</summary>
    Sycophantic,
    /// <summary>Invents facts and states them with confidence.</summary>
    Hallucinating,
    /// <summary>Insults the user.</summary>
    Impolite,
    /// <summary>Does not care.</summary>
    Apathetic,
    /// <summary>Expects the best of everything.</summary>
    Optimistic,
    /// <summary>Makes jokes.</summary>
    Humorous,
}

/// <summary>How much of an answer carries a trait.</summary>
public enum TraitLevel
{
    /// <summary>Nothing: the helpful answer.</summary>
    None,
    /// <summary>One sentence beside the helpful answer.</summary>
    Mild,
    /// <summary>Most of the answer, around a helpful core.</summary>
    Plain,
    /// <summary>All of the answer.</summary>
    Strong,
}

/// <summary>All traits.</summary>
public static class Traits
{
    /// <summary>The traits in their order.</summary>
    public static ImmutableArray<Trait> All { get; } = [.. Enum.GetValues<Trait>()];
}

/// <summary>Two system prompts that ask for opposite behaviour.</summary>
/// <param name="Positive">Asks for the trait.</param>
/// <param name="Negative">Asks for its opposite.</param>
public sealed record InstructionPair(string Positive, string Negative);
