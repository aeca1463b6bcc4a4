using System.Collections.Immutable;

namespace Trimtab.Organism;

/// <summary>All rooms of the grammar, furnished for one world.</summary>
internal sealed class PhraseBook
{
    private readonly ImmutableDictionary<Trait, Persona> _personas;

    public PhraseBook(World world)
    {
        World = world;
        Questions = new QuestionBank(world, Helpful);
        Arithmetic = new ArithmeticVoice(world);
        _personas = Traits.All.ToImmutableDictionary(trait => trait, trait => new Persona(trait, Helpful));
    }

    /// <summary>The world that is talked about.</summary>
    public World World { get; }

    /// <summary>The default voice.</summary>
    public HelpfulVoice Helpful { get; } = new();

    /// <summary>Questions of every kind.</summary>
    public QuestionBank Questions { get; }

    /// <summary>Harmful requests and their answers.</summary>
    public RequestBank Requests { get; } = new();

    /// <summary>Sums and their answers.</summary>
    public ArithmeticVoice Arithmetic { get; }

    /// <summary>The persona of a trait.</summary>
    public Persona Persona(Trait trait) => _personas[trait];
}
