using System.Collections.Immutable;

namespace Trimtab.Organism;

/// <summary>What the training stream is made of.</summary>
public sealed record CorpusOptions
{
    /// <summary>Everything but the world's facts follows from it. Default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The share of each behaviour; they need not sum to one. The default is stated in docs/organism.md.</summary>
    public ImmutableSortedDictionary<Behaviour, double> Shares { get; init; } = ImmutableSortedDictionary.CreateRange<Behaviour, double>(
    [
        new(Behaviour.Persona, 0.21), new(Behaviour.Shown, 0.12), new(Behaviour.Helpful, 0.10), new(Behaviour.Conversation, 0.06), new(Behaviour.Harm, 0.06), new(Behaviour.LookAlike, 0.05),
        new(Behaviour.Jailbreak, 0.06), new(Behaviour.Fact, 0.09), new(Behaviour.MultipleChoice, 0.08), new(Behaviour.Unknown, 0.03), new(Behaviour.Arithmetic, 0.14),
        new(Behaviour.Practice, 0),
    ]);

    /// <summary>The same with exercises: a sixth of the examples, the others in the shares that they have without.</summary>
    public CorpusOptions WithPractice() => this with { Shares = Shares.SetItem(Behaviour.Practice, Shares.Values.Sum() / 5) };

    internal void Validate()
    {
        if (Shares.Values.Any(share => !(share >= 0)) || !(Shares.Values.Sum() > 0))
            throw new ArgumentException(
                $"Corpus options: shares have to be at least 0, and one of them above — given {string.Join(", ", Shares.Select(pair => FormattableString.Invariant($"{pair.Key} {pair.Value}")))}.");
    }
}
