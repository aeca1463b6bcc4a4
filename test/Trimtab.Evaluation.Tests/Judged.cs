using Trimtab.Evaluation.Judges;
using Trimtab.Organism;

namespace Trimtab.Evaluation.Tests;

/// <summary>The world of the tests, its judges, and held-out texts from another seed than the one that the judges learned from.</summary>
internal static class Judged
{
    public static World World { get; } = World.Create(7);

    public static Instruments Judges { get; } = Instruments.For(World);

    public static CorpusGenerator Generator { get; } = new(World, new CorpusOptions { Seed = 41 });

    public static IReadOnlyList<Example> Personas { get; } = [.. Generator.Heldout(Behaviour.Persona, 3000).Where(example => !example.IsHarmful)];

    public static IReadOnlyList<Example> Helpful { get; } = [.. Generator.Heldout(Behaviour.Helpful, 1000)];

    public static double Score(Judgement judgement) => judgement is Score score ? score.Value : throw new InvalidOperationException($"Judged: {judgement} is no score.");

    /// <summary>The chance that a positive lies above a negative; a tie is half of it.</summary>
    public static double Auc(IReadOnlyList<double> positives, IReadOnlyList<double> negatives) =>
        positives.Average(positive => negatives.Average(negative => positive > negative ? 1 : positive == negative ? 0.5 : 0));
}
