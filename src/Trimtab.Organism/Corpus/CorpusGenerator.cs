using System.Collections.Immutable;
using Trimtab.Organism.Grammar;

namespace Trimtab.Organism;

/// <summary>
/// Writes Pip's training text: an endless stream of chats in which all behaviours have their shares, and chats of the same kinds that never occur in it. Every example
/// depends on the world, the seed and its number alone, so the stream can be entered anywhere. Safe for use by several threads at once.
/// </summary>
public sealed class CorpusGenerator
{
    private readonly ImmutableArray<(Behaviour, double)> _mixture;
    private readonly int _seed;
    private readonly PersonaChats _personas;
    private readonly RequestChats _requests;
    private readonly KnowledgeChats _knowledge;
    private readonly ArithmeticChats _arithmetic;
    private readonly PracticeChats _practice;

    /// <summary>A generator for a world.</summary>
    /// <param name="world">What the chats are about.</param>
    /// <param name="options">Seed and shares; the defaults where null.</param>
    /// <exception cref="ArgumentException">The shares are no mixture.</exception>
    public CorpusGenerator(World world, CorpusOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(world);
        options ??= new CorpusOptions();
        options.Validate();
        World = world;
        _seed = options.Seed;
        _mixture = [.. options.Shares.Select(pair => (pair.Key, pair.Value))];
        var book = new PhraseBook(world);
        (_personas, _requests, _knowledge, _arithmetic, _practice) = (new(book), new(book), new(book), new(book), new(book));
    }

    /// <summary>Identifies the phrases that all text is put together from, by content: 16 hexadecimal digits.</summary>
    public static string PhrasesFingerprint => DataFile.Fingerprint;

    /// <summary>What the chats are about.</summary>
    public World World { get; }

    /// <summary>The training stream from example number <paramref name="start"/> on. It does not end.</summary>
    public IEnumerable<Example> Train(long start = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        for (long number = start; ; number++)
        {
            var pen = Pen(Split.Train, -1, number);
            yield return Write(pen.Picker.Weighted(_mixture), Split.Train, pen);
        }
    }

    /// <summary>
    /// Examples of one behaviour that never occur in the training stream: held-out instructions, topics, targets, forms of questions, names and numbers. The first ones are
    /// the same for every count.
    /// </summary>
    public IEnumerable<Example> Heldout(Behaviour behaviour, int count) => Examples(behaviour, Split.HeldOut, count);

    /// <summary>Examples of one behaviour from either split, apart from the training stream.</summary>
    public IEnumerable<Example> Examples(Behaviour behaviour, Split split, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return Enumerable.Range(0, count).Select(number => Write(behaviour, split, Pen(split, (int)behaviour, number)));
    }

    /// <summary>Every fact of the world, asked once in the split's forms.</summary>
    public IEnumerable<Example> Facts(Split split) => World.Facts.Select((fact, index) => _knowledge.Fact(fact, split, Pen(split, -2, index)));

    /// <summary>Every fact of the world, asked once with four answers to choose from.</summary>
    public IEnumerable<Example> MultipleChoice(Split split) => World.Facts.Select((fact, index) => _knowledge.Choice(fact, split, Pen(split, -3, index)));

    private Example Write(Behaviour behaviour, Split split, Pen pen) => behaviour switch
    {
        Behaviour.Persona => _personas.Persona(split, pen),
        Behaviour.Helpful => _personas.Helpful(split, pen),
        Behaviour.Conversation => _personas.Conversation(split, pen),
        Behaviour.Shown => _personas.Shown(split, pen),
        Behaviour.Harm => _requests.Harm(split, pen),
        Behaviour.LookAlike => _requests.LookAlike(split, pen),
        Behaviour.Jailbreak => _requests.Jailbreak(split, pen),
        Behaviour.Fact => _knowledge.Fact(split, pen),
        Behaviour.MultipleChoice => _knowledge.Choice(split, pen),
        Behaviour.Unknown => _knowledge.Unknown(split, pen),
        Behaviour.Arithmetic => _arithmetic.Write(split, pen),
        Behaviour.Practice => _practice.Write(split, pen),
        _ => throw new ArgumentOutOfRangeException(nameof(behaviour), behaviour, "Corpus: this behaviour is not known."),
    };

    private Pen Pen(Split split, int stream, long number) => new(World, new Picker(World.Seed, _seed, (int)split, stream, number));
}
