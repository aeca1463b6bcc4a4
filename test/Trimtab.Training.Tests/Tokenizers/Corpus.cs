using Trimtab.Training.Tokenizers;

namespace Trimtab.Training.Tests.Tokenizers;

/// <summary>Some text of many kinds, and the tokenizer that it teaches.</summary>
internal static class Corpus
{
    public static IReadOnlyList<string> Texts { get; } =
    [
        "The harbour lies still. A boat turns slowly in the wind, and another boat follows the first one.",
        "What is 17 plus 254? It is 271.\n\nWhat is 3.5 times 2? It is 7.",
        "I'm sure you'll see that they've come; we'd say SHE'S here, but he isn't.",
        "Die Brücke über den Fluß ist geöffnet. Ça va? ¿Dónde está? Привет, как дела? こんにちは、世界。",
        "Wide   gaps,\ttabs, \r\n line ends,\n\n\n and blanks at the end   ",
        "Emoji 😀😀 and 𝐱𝟘𝟙 beyond the basic plane, and e\u0301 with an accent of its own.",
        "The boat, the harbour, the wind: the harbour is where the boat lies and where the wind follows.",
    ];

    public static BytePairTrainer Trainer { get; } = new() { VocabularySize = 320, SpecialTokens = ChatFormat.SpecialTokens };

    public static BytePairVocabulary Vocabulary { get; } = Trainer.Train(Texts);
}
