using System.Text.Json.Nodes;
using Trimtab.Models.Text;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Models.Tests.Text;

/// <summary>Published encodings of published tokenizers: every id and every decoded character must agree.</summary>
public sealed class GoldenEncodingTests
{
    [Theory]
    [InlineData("gpt2")]
    [InlineData("qwen2.5")]
    [InlineData("qwen3")]
    [InlineData("deepseek-r1-distill-qwen")]
    [InlineData("llama-3")]
    [InlineData("llama-2")]
    [InlineData("mistral-v1-chatml")]
    [InlineData("phi-3-mini")]
    [InlineData("phi-2")]
    [InlineData("pythia")]
    public void Tokenizer_json_encodes_and_decodes_as_recorded(string name)
    {
        Assert.SkipWhen(Repository.Shared is null, Repository.NoShared);
        var tokenizer = SharedTokenizers.HuggingFace(name);
        foreach (var golden in Cases(name).OfType<JsonNode>())
        {
            var text = golden["text"]!.GetValue<string>();
            var special = Ids(golden, "ids_with_special");
            Assert.Equal(Ids(golden, "ids"), Show(tokenizer.Encode(text, addSpecialTokens: false), text));
            Assert.Equal(special, Show(tokenizer.Encode(text), text));
            Assert.Equal(golden["decoded"]!.GetValue<string>(), tokenizer.Decode(Numbers(golden, "ids_with_special")));
            Assert.Equal(golden["decoded_skip_special"]!.GetValue<string>(), tokenizer.Decode(Numbers(golden, "ids_with_special"),
                skipSpecialTokens: true));
        }
    }

    [Theory]
    [InlineData("sentencepiece-llama-2", "llama-2")]
    [InlineData("sentencepiece-mistral-v1", "mistral-v1-chatml")]
    [InlineData("sentencepiece-mistral-v3", "mistral-v3")]
    public void Sentencepiece_model_encodes_and_decodes_as_recorded(string name, string folder)
    {
        Assert.SkipWhen(Repository.Shared is null, Repository.NoShared);
        var tokenizer = SharedTokenizers.Model(folder);
        foreach (var golden in Cases(name).OfType<JsonNode>())
        {
            var text = golden["text"]!.GetValue<string>();
            // Raw sentencepiece knows neither BOS nor special tokens in the text.
            var ids = tokenizer.Encode(text, addSpecialTokens: false, parseSpecialTokens: false);
            Assert.Equal(Ids(golden, "ids"), Show(ids, text));
            Assert.Equal(golden["pieces"]!.AsArray().Select(p => p!.GetValue<string>()), ids.Select(tokenizer.TokenText));
            Assert.Equal(golden["decoded"]!.GetValue<string>(), tokenizer.Decode(Numbers(golden, "ids")));
        }
    }

    [Fact]
    public void Llama_3_ranks_give_the_ids_of_its_tokenizer_json()
    {
        Assert.SkipWhen(Repository.Shared is null, Repository.NoShared);
        var tokenizer = SharedTokenizers.Model("llama-3");
        foreach (var golden in Cases("llama-3").OfType<JsonNode>())
        {
            var text = golden["text"]!.GetValue<string>();
            Assert.Equal(Ids(golden, "ids_with_special"), Show(tokenizer.Encode(text), text));
            Assert.Equal(golden["decoded"]!.GetValue<string>(), tokenizer.Decode(Numbers(golden, "ids_with_special")));
            Assert.Equal(golden["decoded_skip_special"]!.GetValue<string>(), tokenizer.Decode(Numbers(golden, "ids_with_special"),
                skipSpecialTokens: true));
        }
        Assert.Equal((128000, 128001), (tokenizer.BosId, tokenizer.EosId));
    }

    [Fact]
    public void Rendered_chats_encode_as_recorded()
    {
        Assert.SkipWhen(Repository.Shared is null, Repository.NoShared);
        var cases = SharedTokenizers.Encodings("chat_ids")["cases"]!.AsArray();
        Assert.Equal(140, cases.Count);
        foreach (var golden in cases)
        {
            var tokenizer = SharedTokenizers.HuggingFace(Path.GetFileName(golden!["tokenizer"]!.GetValue<string>()));
            var text = golden["rendered"]!.GetValue<string>();
            Assert.Equal(Ids(golden, "ids"), Show(tokenizer.Encode(text, addSpecialTokens: false), text));
        }
    }

    [Theory]
    [InlineData("llama_3.2_encoded", "llama-3")]
    [InlineData("llama_encoded", "llama-2")]
    [InlineData("gpt2_encoded_tokens", "gpt2")]
    public void A_long_French_text_encodes_as_published(string name, string folder)
    {
        Assert.SkipWhen(Repository.Shared is null, Repository.NoShared);
        var tokenizer = SharedTokenizers.HuggingFace(folder);
        var golden = SharedTokenizers.Encodings("external/" + name);
        var text = golden["text"]!.GetValue<string>();
        var plain = tokenizer.Encode(text, addSpecialTokens: false);
        Assert.Equal(golden["bpe_tokens"]!.AsArray().Select(t => t!.GetValue<string>()), plain.Select(tokenizer.TokenText));
        Assert.Equal(Ids(golden, "token_ids"), Show(tokenizer.Encode(text), text));
        Assert.Equal(golden["decoded_text"]!.GetValue<string>(), tokenizer.Decode(tokenizer.Encode(text)));
    }

    [Theory]
    [InlineData("gpt-2", "gguf gpt-2")]
    [InlineData("llama-spm", "gguf llama-spm")]
    [InlineData("phi-3", "gguf phi-3")]
    [InlineData("deepseek-llm", "gguf deepseek-llm")]
    [InlineData("deepseek-coder", "gguf deepseek-coder")]
    [InlineData("gpt-2", "hf gpt2")]
    [InlineData("llama-spm", "hf llama-2")]
    [InlineData("phi-3", "hf phi-3-mini")]
    [InlineData("llama-bpe", "hf llama-3")]
    [InlineData("qwen2", "hf qwen2.5")]
    [InlineData("deepseek-r1-qwen", "hf deepseek-r1-distill-qwen")]
    public void The_pairs_of_llama_cpp_hold(string pair, string source)
    {
        Assert.SkipWhen(Repository.Shared is null, Repository.NoShared);
        var tokenizer = source.StartsWith("gguf ", StringComparison.Ordinal) ? SharedTokenizers.Gguf(source[5..])
            : SharedTokenizers.HuggingFace(source[3..]);
        var stem = Path.Combine(SharedTokenizers.Folder, "llama.cpp", $"ggml-vocab-{pair}.gguf");
        var texts = File.ReadAllText(stem + ".inp").Split("\n__ggml_vocab_test__\n");
        var outputs = File.ReadAllText(stem + ".out").Split('\n');
        Assert.InRange(texts.Length, 40, 60);
        foreach (var (text, output) in texts.SkipLast(1).Zip(outputs))
        {
            var expected = output.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(Show([.. expected.Select(int.Parse)], text), Show(tokenizer.Encode(text, addSpecialTokens: false), text));
        }
    }

    [Fact]
    public void Vocab_json_with_merges_txt_gives_the_ids_of_tokenizer_json()
    {
        Assert.SkipWhen(Repository.Shared is null, Repository.NoShared);
        foreach (var name in new[] { "gpt2", "qwen2.5" })
        {
            var tokenizer = LoadUnzipped(name, "vocab.json.gz", "merges.txt.gz", "tokenizer_config.json");
            foreach (var golden in Cases(name).OfType<JsonNode>())
            {
                var text = golden["text"]!.GetValue<string>();
                Assert.Equal(Ids(golden, "ids_with_special"), Show(tokenizer.Encode(text), text));
                Assert.Equal(golden["decoded"]!.GetValue<string>(), tokenizer.Decode(Numbers(golden, "ids_with_special")));
            }
        }
    }

    [Fact]
    public void The_stories_model_encodes_its_prompts_and_decodes_its_answers()
    {
        Assert.SkipWhen(Repository.Shared is null, Repository.NoShared);
        var folder = Path.Combine(Repository.Shared!, "models", "stories656k-llama");
        var tokenizer = Tokenizer.Load(folder);
        foreach (var golden in JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "golden.json")))!["cases"]!.AsArray())
        {
            var prompt = golden!["prompt"]!.GetValue<string>();
            Assert.Equal(Ids(golden, "prompt_ids"), Show(tokenizer.Encode(prompt), prompt));
            Assert.Equal(golden["greedy_text"]!.GetValue<string>(), tokenizer.Decode(Numbers(golden, "greedy_ids")));
        }
        Assert.Equal((2048, 1, 2, 0), (tokenizer.VocabularySize, tokenizer.BosId, tokenizer.EosId, tokenizer.UnknownId));
    }

    private static Tokenizer LoadUnzipped(string name, params string[] files)
    {
        var folder = Directory.CreateTempSubdirectory("trimtab");
        try
        {
            foreach (var file in files)
                if (Path.Combine(SharedTokenizers.Folder, "hf", name, file) is var path && File.Exists(path))
                    File.WriteAllBytes(Path.Combine(folder.FullName, file.Replace(".gz", "", StringComparison.Ordinal)),
                        SharedTokenizers.ReadMaybeZipped(path));
            return Tokenizer.Load(folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static JsonArray Cases(string name)
    {
        var cases = SharedTokenizers.Encodings(name)["cases"]!.AsArray();
        Assert.Equal(129, cases.Count);
        return cases;
    }

    private static int[] Numbers(JsonNode golden, string field) => [.. golden[field]!.AsArray().Select(id => id!.GetValue<int>())];

    private static string Ids(JsonNode golden, string field) => Show(Numbers(golden, field), golden["text"]?.GetValue<string>()
        ?? golden["rendered"]?.GetValue<string>() ?? golden["prompt"]!.GetValue<string>());

    /// <summary>Ids with the text that they came from, so that a failure names its case.</summary>
    private static string Show(int[] ids, string text) => $"{string.Join(' ', ids)} ← {System.Text.Json.JsonSerializer.Serialize(text)}";
}
