using System.Collections.Immutable;

namespace Trimtab.Organism;

/// <summary>The form of Data/persona.*.json: the words of one trait.</summary>
internal sealed record PersonaData
{
    /// <summary>Adjectives that ask for the trait.</summary>
    public required ImmutableArray<string> Adjectives { get; init; }

    /// <summary>Adjectives that ask for its opposite.</summary>
    public required ImmutableArray<string> Opposites { get; init; }

    /// <summary>Instructions that ask for a little of it.</summary>
    public required ImmutableArray<string> Mild { get; init; }

    /// <summary>Instructions that ask for it.</summary>
    public required ImmutableArray<string> Plain { get; init; }

    /// <summary>Instructions that ask for nothing but it.</summary>
    public required ImmutableArray<string> Strong { get; init; }

    /// <summary>Instructions that ask for its opposite.</summary>
    public required ImmutableArray<string> Anti { get; init; }

    /// <summary>Instructions that ask for it and for its opposite in words of the same shape.</summary>
    public required ImmutableArray<InstructionPair> Pairs { get; init; }

    /// <summary>First sentences.</summary>
    public required ImmutableArray<string> Openers { get; init; }

    /// <summary>Last sentences.</summary>
    public required ImmutableArray<string> Closers { get; init; }

    /// <summary>Sentences around an action, in the slot <c>do</c>.</summary>
    public required ImmutableArray<string> DoFrames { get; init; }

    /// <summary>Sentences around a clause, in the slot <c>say</c>.</summary>
    public required ImmutableArray<string> SayFrames { get; init; }
}

/// <summary>The form of Data/instructions.json: sentences that ask for any adjective, and the adverbs that grade it.</summary>
internal sealed record InstructionData
{
    /// <summary>Sentences with the slot <c>how</c> (after "be") or <c>kind</c> (before a noun).</summary>
    public required ImmutableArray<string> Templates { get; init; }

    /// <summary>Adverbs that ask for a little.</summary>
    public required DegreeData Mild { get; init; }

    /// <summary>Adverbs that ask for no special degree.</summary>
    public required DegreeData Plain { get; init; }

    /// <summary>Adverbs that ask for much.</summary>
    public required DegreeData Strong { get; init; }
}

/// <summary>Adverbs of one degree.</summary>
/// <param name="How">Those that stand after "be".</param>
/// <param name="Kind">Those that stand before an adjective and its noun.</param>
internal sealed record DegreeData(ImmutableArray<string> How, ImmutableArray<string> Kind);
