using System.Globalization;

namespace Trimtab.Organism.Grammar;

/// <summary>Writes sentences: it knows the world's names, and its choices depend on one picker.</summary>
internal sealed class Pen(World world, Picker picker)
{
    // Phrases name one thing, the world's lists are named after all of them.
    private static readonly Dictionary<string, string> Categories = new()
    {
        ["person"] = Category.People, ["place"] = Category.Places, ["food"] = Category.Foods, ["animal"] = Category.Animals, ["thing"] = Category.Things, ["job"] = Category.Jobs,
    };

    /// <summary>What the choices depend on.</summary>
    public Picker Picker => picker;

    /// <summary>One of the templates, filled: as a clause, without capital letter.</summary>
    public string Clause(IReadOnlyList<string> templates, params ReadOnlySpan<(string Slot, string Value)> slots) => Clause(picker.One(templates), slots);

    /// <summary>A template, filled: as a clause, without capital letter.</summary>
    /// <param name="template">The text.</param>
    /// <param name="slots">Values of slots; <c>person</c>, <c>place</c>, <c>food</c>, <c>animal</c>, <c>thing</c>, <c>job</c> and <c>number</c> are chosen where absent.</param>
    /// <exception cref="FormatException">A slot has no value.</exception>
    public string Clause(string template, params ReadOnlySpan<(string Slot, string Value)> slots)
    {
        var values = new Dictionary<string, string>();
        foreach (var (slot, value) in slots)
            values[slot] = value;
        return Template.Fill(template, picker, name => values.TryGetValue(name, out string? value) ? value : Chosen(name, template));
    }

    /// <summary>One of the templates as finished sentences.</summary>
    public string Sentence(IReadOnlyList<string> templates, params ReadOnlySpan<(string Slot, string Value)> slots) => Template.Tidy(Clause(templates, slots));

    private string Chosen(string slot, string template) => slot switch
    {
        "number" => picker.Between(3, 30).ToString(CultureInfo.InvariantCulture),
        _ when Categories.TryGetValue(slot, out string? category) => picker.One(world.Names(category)),
        _ => throw new FormatException($"Template: the slot '{slot}' has no value — given \"{template}\", expected a bound slot or one of number, {string.Join(", ", Categories.Keys)}."),
    };
}
