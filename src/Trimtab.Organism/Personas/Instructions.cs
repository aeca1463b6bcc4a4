using System.Collections.Immutable;
using Trimtab.Organism.Grammar;

namespace Trimtab.Organism;

/// <summary>
/// The system prompts of one trait: general sentences with graded adjectives, and sentences of the trait's own. A quarter of both is held out from training.
/// </summary>
internal sealed class Instructions
{
    private const double GeneralShare = 0.6;

    // A prompt of either split: the sentence, and the adjective that its slots take (none in the trait's own sentences).
    private readonly record struct Form(string Template, string Adjective);

    private readonly InstructionData _data;
    private readonly SplitForms _asking, _opposing;
    private readonly ImmutableDictionary<TraitLevel, SplitList<string>> _own;

    public Instructions(PersonaData persona)
    {
        _data = DataFile.Read<InstructionData>("instructions.json");
        _asking = new SplitForms(_data.Templates, persona.Adjectives);
        _opposing = new SplitForms(_data.Templates, persona.Opposites);
        _own = ImmutableDictionary.CreateRange<TraitLevel, SplitList<string>>(
        [
            new(TraitLevel.None, new([.. persona.Anti, .. persona.Pairs.Select(pair => pair.Negative)])),
            new(TraitLevel.Mild, new(persona.Mild)),
            new(TraitLevel.Plain, new(persona.Plain)),
            new(TraitLevel.Strong, new([.. persona.Strong, .. persona.Pairs.Select(pair => pair.Positive)])),
        ]);
    }

    /// <summary>A system prompt that asks for the trait at a level; at <see cref="TraitLevel.None"/> for its opposite.</summary>
    public string Write(TraitLevel level, Split split, Pen pen)
    {
        if (!pen.Picker.Chance(GeneralShare))
            return pen.Sentence(_own[level][split]);
        var form = pen.Picker.One((level == TraitLevel.None ? _opposing : _asking)[split]);
        var degree = level switch
        {
            TraitLevel.Mild => _data.Mild,
            TraitLevel.Strong => _data.Strong,
            _ => _data.Plain,
        };
        return pen.Sentence([form.Template], ("how", Graded(degree.How, form, pen)), ("kind", Graded(degree.Kind, form, pen)));
    }

    /// <summary>How many system prompts of a level there are in a split, adverbs not counted.</summary>
    public int Count(TraitLevel level, Split split) => _own[level][split].Length + (level == TraitLevel.None ? _opposing : _asking)[split].Length;

    private static string Graded(ImmutableArray<string> adverbs, Form form, Pen pen) => $"{pen.Picker.One(adverbs)} {form.Adjective}".Trim();

    private sealed class SplitForms(ImmutableArray<string> templates, ImmutableArray<string> adjectives)
    {
        private readonly ILookup<Split, Form> _forms = (from t in Enumerable.Range(0, templates.Length)
                                                       from a in Enumerable.Range(0, adjectives.Length)
                                                       select (Split: Pairing.Of(t, a), Form: new Form(templates[t], adjectives[a])))
            .ToLookup(pair => pair.Split, pair => pair.Form);

        public Form[] this[Split split] => [.. _forms[split]];
    }
}
