using System.Text.Json.Nodes;
using Trimtab.Evaluation.Personas;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Evaluation.Tests.Personas;

public sealed class TraitArtefactTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("trimtab-artefacts-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void What_is_saved_is_read_again()
    {
        var artefact = new TraitArtefact("matter-of-fact", "States \"what is\", {plainly} — and naïvely.", [new("Be plain.", "Be lively."), new("State it.", "Sing it.")], ["How are you?", "Who are you?"],
            ["What is new?"], "Rate {answer} to {question} as {\"score\": n}.");
        string path = Path.Combine(_folder.FullName, "own.json");
        artefact.Save(path);
        AssertSame(artefact, TraitArtefact.Load(path));
    }

    [Fact]
    public void Forty_published_questions_become_two_halves_and_doubled_braces_single_ones()
    {
        var artefact = Load(Published().ToJsonString());
        Assert.Equal("evil", artefact.Name);
        Assert.Equal(("Do it 1.", "Leave it 1."), (artefact.Instructions[1].Positive, artefact.Instructions[1].Negative));
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"Question {i}?"), artefact.Extraction);
        Assert.Equal(Enumerable.Range(20, 20).Select(i => $"Question {i}?"), artefact.Evaluation);
        Assert.Equal("As {\"json\"}: {question} {answer}", artefact.Rubric);
    }

    [Fact]
    public void Two_published_files_of_twenty_become_one_artefact()
    {
        var artefact = TraitArtefact.Load(Write("evil.json", Published(0, 20).ToJsonString()), Write("other.json", Published(20, 20).ToJsonString()));
        AssertSame(Load(Published().ToJsonString()), artefact);
    }

    [Fact]
    public void Published_halves_with_other_instructions_or_rubrics_do_not_belong_together()
    {
        var other = Published(20, 20);
        other["eval_prompt"] = "{answer} {question}";
        string first = Write("evil.json", Published(0, 20).ToJsonString());
        Assert.Contains("eval_prompt differs", Assert.Throws<FormatException>(() => TraitArtefact.Load(first, Write("other.json", other.ToJsonString()))).Message, StringComparison.Ordinal);
        other = Published(20, 20);
        other["instruction"]![4]!["neg"] = "Something else.";
        Assert.Contains("instruction differs", Assert.Throws<FormatException>(() => TraitArtefact.Load(first, Write("other.json", other.ToJsonString()))).Message, StringComparison.Ordinal);
        Assert.Contains("in both halves", Assert.Throws<FormatException>(() => TraitArtefact.Load(first, first)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("evil")]
    [InlineData("sycophantic")]
    [InlineData("hallucinating")]
    [InlineData("impolite")]
    [InlineData("apathetic")]
    [InlineData("optimistic")]
    [InlineData("humorous")]
    public void The_published_traits_are_read(string trait)
    {
        Assert.SkipWhen(Repository.Shared is null, Repository.NoShared);
        string Half(string name) => Path.Combine(Repository.Shared!, "data", "persona_vectors", "data_generation", $"trait_data_{name}", $"{trait}.json");
        var artefact = TraitArtefact.Load(Half("extract"), Half("eval"));
        Assert.Equal((trait, 5, 20, 20), (artefact.Name, artefact.Instructions.Length, artefact.Extraction.Length, artefact.Evaluation.Length));
        Assert.Contains("20 questions", Assert.Throws<FormatException>(() => TraitArtefact.Load(Half("eval"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("questions", "39 questions")]
    [InlineData("instruction", "4 pairs")]
    public void A_published_file_with_another_number_is_refused(string member, string named)
    {
        var json = Published();
        json[member]!.AsArray().RemoveAt(0);
        Refused(json, named);
    }

    [Theory]
    [InlineData("{answer}", "lacks {question}")]
    [InlineData("{question}", "lacks {answer}")]
    [InlineData("{question} {answer} {score}", "\"{score}\"")]
    [InlineData("{question} {answer} {", "brace")]
    [InlineData("{{question}} {question} {answer}", "written out")]
    public void A_published_rubric_without_its_places_or_with_others_is_refused(string rubric, string named)
    {
        var json = Published();
        json["eval_prompt"] = rubric;
        Refused(json, "evil.json", named);
    }

    [Fact]
    public void A_place_inside_doubled_braces_is_a_place_within_braces() => Assert.Equal("{{question}}", RubricText.FromFormatString("{{{question}}}"));

    [Fact]
    public void Places_that_an_answer_spells_out_are_not_filled() => Assert.Equal("Q {answer}, A {question}", RubricText.Fill("Q {question}, A {answer}", "{answer}", "{question}"));

    [Theory]
    [InlineData("name", "\"Evil\"", "\"Evil\" is no adjective")]
    [InlineData("name", "\"../evil\"", "is no adjective")]
    [InlineData("description", "\" \"", "description is empty")]
    [InlineData("instructions", "[]", "no pair of instructions")]
    [InlineData("instructions", """[{"positive": "Be evil.", "negative": "be evil. "}]""", "both sides of pair 1")]
    [InlineData("instructions", """[{"positive": "Be evil.", "negative": "Be kind."}, {"positive": "Be evil.", "negative": "Be good."}]""", "pairs 1 and 2")]
    [InlineData("instructions", """[{"positive": "Be evil."}]""", "instructions[0]: the member \"negative\" is missing")]
    [InlineData("instructions", """[{"positive": "Be evil.", "negative": "Be kind.", "note": ""}]""", "\"note\" is not known")]
    [InlineData("instructions", """["Be evil."]""", "instructions[0] must be an object")]
    [InlineData("extraction_questions", "[]", "no extraction question")]
    [InlineData("extraction_questions", """["A?", "B?", "a? "]""", "extraction questions 1 and 3 are both")]
    [InlineData("extraction_questions", """["A?", ""]""", "extraction question 2 is empty")]
    [InlineData("extraction_questions", """["A?", 3]""", "extraction_questions[1] must be a text")]
    [InlineData("evaluation_questions", """["C?", "How are you?"]""", "in both halves")]
    [InlineData("evaluation_questions", "\"C?\"", "evaluation_questions must be a list")]
    [InlineData("rubric", "\"Rate it.\"", "lacks {question}; the rubric lacks {answer}")]
    [InlineData("rubric", "null", "rubric must be a text")]
    public void What_is_wrong_with_a_file_is_named(string member, string value, string named)
    {
        var json = Own();
        json[member] = JsonNode.Parse(value);
        Refused(json, "evil.json", named);
    }

    [Fact]
    public void All_mistakes_are_named_together()
    {
        var json = Own();
        (json["description"], json["rubric"]) = ("", "{answer}");
        Refused(json, "description is empty", "lacks {question}");
    }

    [Fact]
    public void Unknown_missing_and_doubled_members_are_refused()
    {
        var json = Own();
        json["author"] = "x";
        Refused(json, "\"author\" is not known");
        json = Own();
        json.Remove("rubric");
        Refused(json, "\"rubric\" is missing");
        Assert.Contains("JSON", Assert.Throws<FormatException>(() => Load("""{"name": "a", "name": "b"}""")).Message, StringComparison.Ordinal);
        Assert.Contains("object", Assert.Throws<FormatException>(() => Load("[]")).Message, StringComparison.Ordinal);
        Assert.Contains("surrogate", Assert.Throws<FormatException>(() => Load("""{"name": "\ud800"}""")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_could_not_be_read_is_not_written()
    {
        string path = Path.Combine(_folder.FullName, "never.json");
        Assert.Throws<FormatException>(() => (Load(Own().ToJsonString()) with { Rubric = "" }).Save(path));
        Assert.False(File.Exists(path));
    }

    private static JsonObject Own() => new()
    {
        ["name"] = "evil",
        ["description"] = "Wants others to suffer.",
        ["instructions"] = new JsonArray(new JsonObject { ["positive"] = "Be evil.", ["negative"] = "Be kind." }),
        ["extraction_questions"] = new JsonArray("How are you?"),
        ["evaluation_questions"] = new JsonArray("Who are you?"),
        ["rubric"] = "{question} {answer}",
    };

    private static JsonObject Published(int first = 0, int count = 40) => new()
    {
        ["instruction"] = new JsonArray([.. Enumerable.Range(0, 5).Select(i => (JsonNode)new JsonObject { ["pos"] = $"Do it {i}.", ["neg"] = $"Leave it {i}." })]),
        ["questions"] = new JsonArray([.. Enumerable.Range(first, count).Select(i => (JsonNode)$"Question {i}?")]),
        ["eval_prompt"] = "As {{\"json\"}}: {question} {answer}",
    };

    private void Refused(JsonObject json, params string[] named)
    {
        string message = Assert.Throws<FormatException>(() => Load(json.ToJsonString())).Message;
        foreach (string words in named)
            Assert.Contains(words, message, StringComparison.Ordinal);
    }

    private TraitArtefact Load(string json) => TraitArtefact.Load(Write("evil.json", json));

    private string Write(string name, string json)
    {
        string path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, json);
        return path;
    }

    private static void AssertSame(TraitArtefact expected, TraitArtefact actual)
    {
        Assert.Equal((expected.Name, expected.Description, expected.Rubric), (actual.Name, actual.Description, actual.Rubric));
        Assert.Equal(expected.Instructions, actual.Instructions);
        Assert.Equal(expected.Extraction, actual.Extraction);
        Assert.Equal(expected.Evaluation, actual.Evaluation);
    }
}
