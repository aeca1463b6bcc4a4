using System.Collections.Immutable;
using Trimtab.Organism.Grammar;

namespace Trimtab.Organism;

/// <summary>A kind of fact, such as where a person lives, and the words in which it is asked and told.</summary>
public sealed record Relation
{
    // Statements offer no choices, so nothing is ever drawn from it.
    private static readonly Picker NoChoice = new(0);

    /// <summary>The relation's name.</summary>
    public required string Id { get; init; }

    /// <summary>The category of what the fact is about.</summary>
    public required string Subject { get; init; }

    /// <summary>The category of the answer.</summary>
    public required string Value { get; init; }

    /// <summary>Forms of the question, with the slot <c>s</c>; the fourth is held out from training.</summary>
    public required ImmutableArray<string> Questions { get; init; }

    /// <summary>Forms of the statement as clauses, with the slots <c>s</c> and <c>v</c>.</summary>
    public required ImmutableArray<string> Statements { get; init; }

    /// <summary>What it would be to say that the relation holds, in all forms: clauses without capital letter. They need not be true.</summary>
    public ImmutableArray<string> State(string subject, string value) => [.. Statements.Select(form => Template.Fill(form, NoChoice, slot => slot == "s" ? subject : value))];
}

/// <summary>Something that is true in the world.</summary>
/// <param name="Relation">The kind of fact.</param>
/// <param name="Subject">What it is about.</param>
/// <param name="Value">The one right answer.</param>
public sealed record Fact(Relation Relation, string Subject, string Value);

/// <summary>A name of something that does not exist.</summary>
/// <param name="Category">What it would be: people, places, things or animals.</param>
/// <param name="Name">The name.</param>
public sealed record UnknownName(string Category, string Name)
{
    /// <summary>The name as it stands in a sentence: animals and things have an article.</summary>
    public string Phrase => Category is Organism.Category.Animals or Organism.Category.Things ? $"the {Name}" : Name;
}
