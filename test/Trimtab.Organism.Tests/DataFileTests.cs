using System.Text.Json.Nodes;
using Trimtab.Organism.Grammar;
using Xunit;

namespace Trimtab.Organism.Tests;

public sealed class DataFileTests
{
    private static readonly string[] Slots =
    [
        "person", "place", "food", "animal", "thing", "job", "number", "s", "v", "do", "say", "key", "claim", "name", "harm", "request", "method", "t", "how", "kind",
        "p", "q", "items", "x", "y", "z", "r", "eq", "list",
    ];

    [Fact]
    public void Every_template_of_every_data_file_renders()
    {
        var picker = new Picker(1);
        foreach (string file in typeof(World).Assembly.GetManifestResourceNames())
            foreach (string template in Texts(DataFile.Read<JsonNode>(file)))
                for (int i = 0; i < 5; i++)
                {
                    string text = Template.Tidy(Template.Fill(template, picker, slot => Slots.Contains(slot) ? "stone" : throw new FormatException($"{file}: {slot} in \"{template}\"")));
                    Assert.DoesNotContain(text, c => "{}[]|".Contains(c, StringComparison.Ordinal));
                    Assert.DoesNotContain("  ", text, StringComparison.Ordinal);
                }
    }

    [Fact]
    public void No_phrase_is_given_twice_in_its_list()
    {
        foreach (string file in typeof(World).Assembly.GetManifestResourceNames())
            foreach (var list in Lists(DataFile.Read<JsonNode>(file)))
                Assert.Equal(list.Distinct(), list);
    }

    [Fact]
    public void No_sentence_belongs_to_two_traits()
    {
        var sentences = Traits.All.SelectMany(trait =>
        {
            var data = DataFile.Read<PersonaData>($"persona.{trait.ToString().ToLowerInvariant()}.json");
            return data.Openers.Concat(data.Closers).Concat(data.DoFrames).Concat(data.SayFrames);
        });
        Assert.All(sentences.CountBy(sentence => sentence), sentence => Assert.Equal(1, sentence.Value));
    }

    [Fact]
    public void There_are_enough_words_for_every_behaviour()
    {
        var requests = DataFile.Read<RequestData>("requests.json");
        Assert.True(requests.Harms.Length >= 12);
        Assert.True(DataFile.Read<TopicGroupData>("lookalikes.json").Topics.Length >= 40);
        foreach (var trait in Traits.All)
        {
            var data = DataFile.Read<PersonaData>($"persona.{trait.ToString().ToLowerInvariant()}.json");
            Assert.True(data.Openers.Length >= 12 && data.Closers.Length >= 12 && data.DoFrames.Length >= 6 && data.SayFrames.Length >= 6, $"{trait}");
            Assert.Equal(5, data.Pairs.Length);
        }
    }

    [Fact]
    public void Absent_files_and_files_of_another_form_are_errors_that_name_them()
    {
        Assert.Contains("'nothing.json'", Assert.Throws<FormatException>(() => DataFile.Read<JsonNode>("nothing.json")).Message, StringComparison.Ordinal);
        Assert.Contains("'world.json'", Assert.Throws<FormatException>(() => DataFile.Read<PersonaData>("world.json")).Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Texts(JsonNode? node) => node switch
    {
        JsonObject json => json.SelectMany(member => Texts(member.Value)),
        JsonArray list => list.SelectMany(Texts),
        JsonValue value when value.TryGetValue(out string? text) => [text],
        _ => [],
    };

    private static IEnumerable<string[]> Lists(JsonNode? node) => node switch
    {
        JsonObject json => json.SelectMany(member => Lists(member.Value)),
        JsonArray list when list.All(item => item is JsonValue) => [[.. list.Select(item => item!.ToString())]],
        JsonArray list => list.SelectMany(Lists),
        _ => [],
    };
}
