using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Testing;

namespace Trimtab.Steering.Tests.Methods;

/// <summary>The golden Llama with a tokenizer, in which token i is the word "wi", and a chat template that puts w1 before a message and w2 w3 behind it.</summary>
internal sealed class WordModel : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("trimtab-words-").FullName;

    public WordModel()
    {
        string golden = GoldenModel.Of("llama").Folder;
        foreach (string file in (string[])["config.json", "model.safetensors"])
            File.Copy(Path.Combine(golden, file), Path.Combine(_folder, file));
        int words = GoldenModel.Of("llama").Model.Config.VocabularySize;
        File.WriteAllText(Path.Combine(_folder, "tokenizer.json"), new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray(),
            ["pre_tokenizer"] = new JsonObject { ["type"] = "WhitespaceSplit" },
            ["model"] = new JsonObject
            {
                ["type"] = "WordLevel",
                ["vocab"] = new JsonObject(Enumerable.Range(0, words).Select(i => KeyValuePair.Create<string, JsonNode?>($"w{i}", i))),
                ["unk_token"] = "w0",
            },
        }.ToJsonString());
        File.WriteAllText(Path.Combine(_folder, "tokenizer_config.json"), new JsonObject { ["chat_template"] = "w1 {{ messages[0].content }} w2 w3 " }.ToJsonString());
        Model = ModelLoader.Load(_folder);
    }

    public LoadedModel Model { get; }

    /// <summary>Pairs of the same question whose answers hold different words, beside some that differ from pair to pair.</summary>
    public static ContrastSet Pairs(int count)
    {
        var random = new Random(8);
        string Word(int first) => $"w{first + random.Next(40)}";
        return new ContrastSet([.. Enumerable.Range(0, count).Select(_ => new ContrastPair($"{Word(20)} {Word(20)}", $" w301 {Word(60)} w302", $" w311 {Word(60)} w312"))]);
    }

    public void Dispose()
    {
        Model.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
