using System.Collections.Immutable;
using Trimtab.Organism.Grammar;

namespace Trimtab.Organism;

/// <summary>
/// The closed world that Pip knows: villages, people, animals and things, and some three hundred facts about them. The names are fixed; who lives where and
/// all other facts follow from the seed.
/// </summary>
public sealed class World
{
    private readonly ImmutableDictionary<string, ImmutableArray<string>> _names;
    private readonly SplitList<UnknownName> _unknown;
    private readonly SplitList<Fact> _factsBySplit;

    private World(int seed, WorldData data)
    {
        Seed = seed;
        _names = data.Values.ToImmutableDictionary().Add(Category.People, [.. data.Values[Category.Women], .. data.Values[Category.Men]]);
        _unknown = new SplitList<UnknownName>(data.Unknown.SelectMany(group => group.Value.Select(name => new UnknownName(group.Key, name))));
        Relations = data.Relations;
        Facts = [.. Relations.SelectMany((relation, index) => Draw(relation, index))];
        _factsBySplit = new SplitList<Fact>(Facts);
    }

    /// <summary>What the facts follow from.</summary>
    public int Seed { get; }

    /// <summary>The kinds of facts.</summary>
    public ImmutableArray<Relation> Relations { get; }

    /// <summary>Everything that is true, relation by relation.</summary>
    public ImmutableArray<Fact> Facts { get; }

    /// <summary>Makes a world. The same seed gives the same world on every machine.</summary>
    public static World Create(int seed) => new(seed, DataFile.Read<WorldData>("world.json"));

    /// <summary>The names in a category, such as <see cref="Category.Places"/> or a relation's <see cref="Relation.Value"/>.</summary>
    /// <exception cref="ArgumentException">There is no such category.</exception>
    public ImmutableArray<string> Names(string category) => _names.TryGetValue(category, out var names)
        ? names
        : throw new ArgumentException($"World: the category '{category}' is not known — known are {string.Join(", ", _names.Keys.Order(StringComparer.Ordinal))}.", nameof(category));

    /// <summary>Names of things that do not exist: those of training, or those held out from it.</summary>
    public ImmutableArray<UnknownName> Unknown(Split split) => _unknown[split];

    /// <summary>Facts about which users of a split state opinions, right and wrong. Every fact is taught, whatever its split here.</summary>
    internal ImmutableArray<Fact> Claimed(Split split) => _factsBySplit[split];

    // A brother and a sister have each other, so one drawing serves both relations.
    private IEnumerable<Fact> Draw(Relation relation, int index) => relation.Id switch
    {
        "brother" => Siblings().Select(pair => new Fact(relation, pair.First, pair.Second)),
        "sister" => Siblings().Select(pair => new Fact(relation, pair.Second, pair.First)),
        _ => DrawEvenly(relation, new Picker(Seed, index)),
    };

    private IEnumerable<(string First, string Second)> Siblings() =>
        Names(Category.Women).Zip(new Picker(Seed, -1).Shuffled(Names(Category.Men)));

    // Every value serves about as many subjects as the others: no answer is right by mere frequency.
    private IEnumerable<Fact> DrawEvenly(Relation relation, Picker picker)
    {
        var subjects = Names(relation.Subject);
        var values = Names(relation.Value);
        var deck = new List<string>();
        while (deck.Count < subjects.Length)
            deck.AddRange(picker.Shuffled(values));
        return subjects.Select((subject, i) => new Fact(relation, subject, deck[i]));
    }
}

/// <summary>The form of Data/world.json.</summary>
internal sealed record WorldData
{
    /// <summary>Names by category.</summary>
    public required Dictionary<string, ImmutableArray<string>> Values { get; init; }

    /// <summary>Names of what does not exist, by category.</summary>
    public required Dictionary<string, ImmutableArray<string>> Unknown { get; init; }

    /// <summary>The kinds of facts.</summary>
    public required ImmutableArray<Relation> Relations { get; init; }
}
