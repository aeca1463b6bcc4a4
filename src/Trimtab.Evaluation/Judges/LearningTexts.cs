using Trimtab.Organism;

namespace Trimtab.Evaluation.Judges;

/// <summary>The texts from which judges learn: both splits of every behaviour, from a seed of their own.</summary>
internal static class LearningTexts
{
    private const int Seed = 7_368_787;

    private static readonly (Behaviour Behaviour, int Count)[] PerSplit =
    [
        (Behaviour.Persona, 9000), (Behaviour.Helpful, 3000), (Behaviour.Harm, 1000), (Behaviour.LookAlike, 1500), (Behaviour.Jailbreak, 1500), (Behaviour.Fact, 1500),
        (Behaviour.MultipleChoice, 800), (Behaviour.Unknown, 800), (Behaviour.Arithmetic, 800),
    ];

    /// <summary>The texts for a world; always the same.</summary>
    public static List<Example> Of(World world)
    {
        var generator = new CorpusGenerator(world, new CorpusOptions { Seed = Seed });
        return [.. PerSplit.SelectMany(kind => Enum.GetValues<Split>().SelectMany(split => generator.Examples(kind.Behaviour, split, kind.Count)))];
    }
}
