using System.Collections.Frozen;
using Trimtab.Organism;

namespace Trimtab.Evaluation.Judges;

/// <summary>
/// Puts classes in the place of names and numbers, so that evidence learned with one name counts for all. A word that the world does not have counts as an invented name.
/// </summary>
internal sealed class WordClasses
{
    private const string Number = "<number>", Invented = "<invented>";

    private static readonly string[] Classed = [Category.People, Category.Places, Category.Animals, Category.Things, Category.Foods, Category.Jobs];

    private readonly FrozenDictionary<string, string> _classes;
    private readonly HashSet<string> _vocabulary = [];

    public WordClasses(World world)
    {
        var classes = new Dictionary<string, string>();
        foreach (string category in Classed)
            foreach (string name in world.Names(category))
                classes[name.ToLowerInvariant()] = $"<{category}>";
        foreach (var split in Enum.GetValues<Split>())
            foreach (var unknown in world.Unknown(split))
                classes[unknown.Name.ToLowerInvariant()] = Invented;
        _classes = classes.ToFrozenDictionary();
    }

    /// <summary>Adds words that the world has.</summary>
    public void Learn(string[] words) => _vocabulary.UnionWith(words);

    /// <summary>Whether the world has a word.</summary>
    public bool Knows(string word) => _vocabulary.Contains(word) || _classes.ContainsKey(word);

    /// <summary>Whether what <see cref="Of"/> gave is a class and not a word.</summary>
    public static bool IsClass(string word) => word[0] == '<';

    /// <summary>A word's class, or the word itself where it has none.</summary>
    public string Of(string word) => _classes.TryGetValue(word, out string? name) ? name
        : char.IsAsciiDigit(word[0]) ? Number
        : _vocabulary.Contains(word) ? word
        : Invented;
}
