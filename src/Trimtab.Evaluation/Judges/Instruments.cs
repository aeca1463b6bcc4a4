using System.Collections.Immutable;
using Trimtab.Organism;

namespace Trimtab.Evaluation.Judges;

/// <summary>
/// The judges of a world. They learn its language from texts that its grammar writes from a seed of its own, so that the same world has the same judges everywhere.
/// Learning takes some seconds; judging takes far less than generating. Safe for use by several threads at once.
/// </summary>
public sealed class Instruments
{
    private readonly ImmutableDictionary<Trait, TraitJudge> _traits;

    private Instruments(World world)
    {
        World = world;
        var texts = LearningTexts.Of(world);
        var evidence = SentenceEvidence.Learn(world, texts);
        _traits = Traits.All.ToImmutableDictionary(trait => trait, trait => new TraitJudge(trait, evidence));
        Refusal = new RefusalJudge(evidence);
        Coherence = new CoherenceJudge(evidence, TopicMap.Learn(evidence.Classes, texts));
    }

    /// <summary>The world whose language they know.</summary>
    public World World { get; }

    /// <summary>Whether an answer refuses.</summary>
    public RefusalJudge Refusal { get; }

    /// <summary>Whether an answer is sound.</summary>
    public CoherenceJudge Coherence { get; }

    /// <summary>Learns the judges of a world.</summary>
    public static Instruments For(World world)
    {
        ArgumentNullException.ThrowIfNull(world);
        return new(world);
    }

    /// <summary>How much an answer shows a trait.</summary>
    public TraitJudge Trait(Trait trait) => _traits[trait];
}
