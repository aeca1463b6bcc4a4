using Trimtab.Evaluation.Metrics;
using Trimtab.Models.Hooks;
using Trimtab.Organism;

namespace Trimtab.Evaluation.Studies;

/// <summary>What a data set foretold of a trait, and what fine-tuning on it did.</summary>
/// <param name="Trait">The trait.</param>
/// <param name="Difference">The projection difference of its answers, before training.</param>
/// <param name="Shift">How far training moved the model along the trait's direction, at the prompt's last token.</param>
/// <param name="Score">The trait in the trained model's answers, 0 to 100.</param>
public sealed record TunedTrait(Trait Trait, Estimate Difference, Estimate Shift, Estimate Score);

/// <summary>A data set and what became of a model that was trained on it.</summary>
/// <param name="Data">The data set.</param>
/// <param name="Facts">Facts that the trained model tells rightly, in percent.</param>
/// <param name="Traits">Each trait.</param>
public sealed record TunedSet(string Data, Estimate Facts, IReadOnlyList<TunedTrait> Traits)
{
    /// <summary>One trait.</summary>
    public TunedTrait this[Trait trait] => Traits.Single(of => of.Trait == trait);
}

/// <summary>What a study of fine-tuning found.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="At">Where rows were read.</param>
/// <param name="Count">Chats of a data set.</param>
/// <param name="Traits">The traits.</param>
/// <param name="Sets">The data sets.</param>
public sealed record FineTuningStudyResult(string Model, HookPoint At, int Count, IReadOnlyList<Trait> Traits, IReadOnlyList<TunedSet> Sets)
{
    private const string Persona = "Chen et al. 2025";

    /// <summary>Pearson's r over the data sets between the shift along one trait's direction and another trait afterwards; null where one of them does not vary.</summary>
    public Estimate? ShiftForetells(Trait along, Trait trait) => Correlation.Of([.. Sets.Select(set => (set[along].Shift.Value, set[trait].Score.Value))]);

    /// <summary>Pearson's r over the data sets between their projection difference and the trait afterwards; null where one of them does not vary.</summary>
    public Estimate? DifferenceForetells(Trait trait) => Correlation.Of([.. Sets.Select(set => (set[trait].Difference.Value, set[trait].Score.Value))]);

    /// <summary>The claims of the paper about fine-tuning that teaches traits, held against these numbers.</summary>
    public IReadOnlyList<Claim> Claims =>
    [
        .. Traits.Select(trait => Claim.Correlated($"The shift along \"{Name(trait)}\" goes with the trait after fine-tuning.", Persona, ShiftForetells(trait, trait))),
        .. Traits.Select(trait => Claim.Correlated($"The projection difference of the data foretells \"{Name(trait)}\" after fine-tuning.", Persona, DifferenceForetells(trait))),
        .. from flaw in Enum.GetValues<NarrowFlaw>() from trait in Traits select Brings(FineTuningSets.NameOf(flaw), trait),
        .. from along in Traits from trait in Traits where along != trait && ShiftForetells(trait, trait) is not null
           select Larger(along, trait),
    ];

    private Claim Brings(string flaw, Trait trait)
    {
        Estimate? Score(string data) => Sets.FirstOrDefault(set => set.Data == data)?[trait].Score;
        return Claim.Larger($"Training on {flaw.Replace('-', ' ')}, which names no trait, brings \"{Name(trait)}\" along.", Persona, flaw, Score(flaw), "normal answers", Score(FineTuningStudy.NameOf(trait, Severity.Normal)));
    }

    private Claim Larger(Trait along, Trait trait)
    {
        Estimate? own = ShiftForetells(trait, trait), other = ShiftForetells(along, trait);
        string statement = $"\"{Name(trait)}\" is foretold better by its own direction than by that of \"{Name(along)}\".";
        return own is null || other is null ? new Claim(statement, Persona, Finding.Undecided, "one of them does not vary")
            : new Claim(statement, Persona, own.Low > other.High ? Finding.Holds : own.High < other.Low ? Finding.Fails : Finding.Undecided, $"r = {Correlation.Text(own)} and {Correlation.Text(other)}");
    }

    private static string Name(Trait trait) => trait.ToString().ToLowerInvariant();
}
