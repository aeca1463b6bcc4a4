using Trimtab.Evaluation.Personas;
using Trimtab.Organism;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Evaluation.Tests.Personas;

/// <summary>The artefacts of data/traits, which are to work on Pip as on any other model.</summary>
public sealed class TraitFilesTests
{
    private static readonly World World = World.Create(1);
    private static readonly Lazy<IReadOnlyList<Example>> Stream = new(() => [.. new CorpusGenerator(World).Train().Take(20_000)]);

    public static TheoryData<Trait> All { get; } = new(Traits.All);

    [Fact]
    public void There_is_one_file_for_each_trait() =>
        Assert.Equal(Traits.All.Select(trait => $"{trait}.json".ToLowerInvariant()).Order(StringComparer.Ordinal), Directory.GetFiles(Path.GetDirectoryName(FileOf(Trait.Evil))!).Select(Path.GetFileName).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(All))]
    public void A_file_is_whole_and_in_the_form_that_is_written(Trait trait)
    {
        var artefact = TraitArtefact.Load(FileOf(trait));
        Assert.Equal((trait.ToString().ToLowerInvariant(), 5, 20, 20), (artefact.Name, artefact.Instructions.Length, artefact.Extraction.Length, artefact.Evaluation.Length));
        Assert.Equal(File.ReadAllText(FileOf(trait)), ArtefactFile.Text(artefact));
        Assert.Contains($"**{artefact.Name}**", artefact.Rubric, StringComparison.Ordinal);
        Assert.Contains("REFUSAL", artefact.Rubric, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Pip_knows_every_word_of_instructions_and_questions(Trait trait)
    {
        var artefact = TraitArtefact.Load(FileOf(trait));
        HashSet<string> known = [.. Stream.Value.SelectMany(example => example.Chat).SelectMany(message => Words(message.Content))];
        // Pip has to meet names that it never heard of; they are the trait's point.
        known.UnionWith(World.Unknown(Split.HeldOut).SelectMany(name => Words(name.Name)));
        string[] texts = [.. artefact.Instructions.SelectMany(pair => (string[])[pair.Positive, pair.Negative]), .. artefact.Extraction, .. artefact.Evaluation];
        Assert.DoesNotContain(texts.SelectMany(Words), word => !known.Contains(word));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Pip_was_never_asked_what_it_is_judged_by(Trait trait)
    {
        var artefact = TraitArtefact.Load(FileOf(trait));
        var own = TraitQuestions.For(World, trait);
        Assert.Equal(own.Evaluation, artefact.Evaluation);
        Assert.Equal(own.Extraction, artefact.Extraction);
        HashSet<string> asked = [.. Stream.Value.SelectMany(example => example.Chat).Where(message => message.Role == "user").Select(message => message.Content)];
        Assert.DoesNotContain(artefact.Evaluation, asked.Contains);
    }

    private static string FileOf(Trait trait) => Path.Combine(Repository.Root, "data", "traits", $"{trait}.json".ToLowerInvariant());

    private static IEnumerable<string> Words(string text) =>
        text.ToLowerInvariant().Split(' ').Select(word => word.Trim('.', ',', '?', '!')).Where(word => word.Length > 0);
}
