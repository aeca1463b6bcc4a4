using Trimtab.Organism;

namespace Trimtab.Evaluation.Judges;

/// <summary>What a sentence can be: plain, in the manner of a trait (in the order of <see cref="Trait"/>), a refusal, or help with harm.</summary>
internal static class SentenceClass
{
    /// <summary>A helpful sentence.</summary>
    public const int Plain = 0;

    /// <summary>A sentence that refuses.</summary>
    public static readonly int Refusal = 1 + Traits.All.Length;

    /// <summary>A sentence that helps with harm.</summary>
    public static readonly int Compliance = Refusal + 1;

    /// <summary>How many classes there are.</summary>
    public static readonly int Count = Compliance + 1;

    /// <summary>The class of a trait's sentences.</summary>
    public static int Of(Trait trait) => 1 + (int)trait;

    /// <summary>The class of a part of a generated answer.</summary>
    public static int Of(Example example, AnswerPart part) => part.Nature switch
    {
        PartNature.Trait => Of(example.Trait!.Value),
        PartNature.Refusal => Refusal,
        PartNature.Compliance => Compliance,
        _ => Plain,
    };
}
