using System.IO.Compression;
using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Text;
using Trimtab.Testing;
using Trimtab.Training.Data;
using Xunit;

namespace Trimtab.Training.Tests.Data;

/// <summary>Published tokenizers and templates, where the shared folder has them.</summary>
public sealed class GoldenChatTests
{
    private const string FirstAnswer = "In the harbour, I think.", LastAnswer = "2 knots.";

    // What the user says, and the headers of many templates.
    private static readonly string[] NotTheAssistants =
        ["boat", "wind", "<|im_start|>", "<|start_header_id|>", "<|assistant|>", "<|user|>", "<assistant>", "<start_of_turn>", "[INST]", "[/INST]", "ASSISTANT", "Assistant:"];

    private static readonly Chat Once = Chat.User("Where is the boat?").WithAssistant(FirstAnswer);
    private static readonly Chat Twice = Once.WithUser("How fast is the wind?").WithAssistant(LastAnswer);
    private static readonly TimeProvider Clock = new FrozenClock(new DateTimeOffset(2024, 7, 26, 12, 34, 56, TimeSpan.Zero));

    [Theory]
    [InlineData("qwen2.5", null, "<|im_end|>\n", "<|im_end|>\n")]
    [InlineData("phi-3-mini", null, "<|end|>", "<|end|><|endoftext|>")]
    [InlineData("mistral-v1-chatml", null, "<|im_end|> \n", "<|im_end|> \n")]
    [InlineData("llama-3", "meta-llama-Llama-3.1-8B-Instruct", "<|eot_id|>", "<|eot_id|>")]
    [InlineData("llama-2", "cpptest-mistralai_Mistral-7B-Instruct-v0.2-v1", "</s>", "</s>")]
    [InlineData("llama-2", "ollama-llama2-chat-1", "</s>", "</s>")]
    public void Published_pairs_learn_answers_and_their_ends(string tokenizerName, string? templateName, string firstEnd, string lastEnd)
    {
        Assert.SkipWhen(Repository.Shared is null, Repository.NoShared);
        var tokenizer = TokenizerOf(tokenizerName);
        var template = ChatTemplate.Parse(templateName is null ? TemplateOf(tokenizerName) : Golden(templateName)["template"]!.GetValue<string>());
        var text = new ChatEncoder(tokenizer, template, new ChatTemplateOptions { Clock = Clock }).Encode(Twice);
        Assert.Equal([FirstAnswer + firstEnd, LastAnswer + lastEnd], Talk.Learned(text, tokenizer).Select(learned => learned.TrimStart(' ')));

        var options = new ChatTemplateOptions { Clock = Clock, AddGenerationPrompt = true, SpecialTokens = new Dictionary<string, string> { ["bos_token"] = Token(tokenizer.BosId), ["eos_token"] = Token(tokenizer.EosId) } };
        int[] prompt = tokenizer.Encode(template.Render(new Chat(Twice.Take(1)), options), addSpecialTokens: false);
        Assert.Equal(prompt, text.Ids[..text.PromptLength]);
        int[] later = tokenizer.Encode(template.Render(new Chat(Twice.Take(3)), options), addSpecialTokens: false);
        Assert.Equal(later, text.Ids[..later.Length]);

        string Token(int? id) => id is { } known ? tokenizer.TokenText(known) : "";
    }

    // Those that refuse open thoughts in the prompt that the answer lacks, drop earlier thoughts, print no answers, ignore the generation prompt, or iterate over tools that are not there.
    [Fact]
    public void Published_templates_learn_answers_alone_or_refuse()
    {
        Assert.SkipWhen(Repository.Shared is null, Repository.NoShared);
        string[] names = [.. Directory.GetFiles(Path.Combine(Repository.Shared!, "golden", "chat_templates"), "*.json").Select(file => Path.GetFileNameWithoutExtension(file)!).Where(name => name[0] != '_')];
        var learned = names.SelectMany(name => new[] { Learn(name, Once), Learn(name, Twice) }).OfType<IReadOnlyList<string>>().ToList();
        Assert.Equal((137, 119, 113), (names.Length, learned.Count(answers => answers.Count == 1), learned.Count(answers => answers.Count == 2)));
        foreach (var answers in learned)
        {
            Assert.All(answers.Zip([FirstAnswer, LastAnswer]), pair => Assert.Contains(pair.Second, pair.First, StringComparison.Ordinal));
            Assert.All(answers, words => Assert.DoesNotContain(NotTheAssistants, other => words.Contains(other, StringComparison.Ordinal)));
        }
    }

    private static IReadOnlyList<string>? Learn(string name, Chat chat)
    {
        var file = Golden(name);
        var tokens = file["special_tokens"]!.AsObject().ToDictionary(token => token.Key, token => (object?)token.Value!.GetValue<string>());
        try
        {
            // The special tokens of the template's own tokenizer go in as variables.
            var options = new ChatTemplateOptions { Clock = Clock, Variables = tokens };
            return Talk.Learned(new ChatEncoder(Talk.Tokenizer, ChatTemplate.Parse(file["template"]!.GetValue<string>(), name), options).Encode(chat));
        }
        catch (Exception error) when (error is FormatException or ChatTemplateException)
        {
            return null;
        }
    }

    private static JsonNode Golden(string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Shared!, "golden", "chat_templates", name + ".json")))!;

    private static string Folder(string name) => Path.Combine(Repository.Shared!, "golden", "tokenizers", "hf", name);

    private static string TemplateOf(string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(Folder(name), "tokenizer_config.json")))!["chat_template"]!.GetValue<string>();

    private static Tokenizer TokenizerOf(string name)
    {
        using var zip = new GZipStream(File.OpenRead(Directory.GetFiles(Folder(name), "tokenizer*.json.gz").Single()), CompressionMode.Decompress);
        var json = new MemoryStream();
        zip.CopyTo(json);
        string config = Path.Combine(Folder(name), "tokenizer_config.json");
        return Tokenizer.FromTokenizerJson(json.ToArray(), name, File.Exists(config) ? File.ReadAllBytes(config) : ReadOnlyMemory<byte>.Empty);
    }

    private sealed class FrozenClock(DateTimeOffset now) : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => now;
    }
}
