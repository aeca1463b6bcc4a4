using System.Text.Json.Nodes;
using Trimtab.Models;

namespace Trimtab.Testing;

/// <summary>A golden model, the Llama unless another is named, with a tokenizer, in which token i is the word "wi", and a chat template that puts w1 before every message, w2 behind it, and w3 at the end.</summary>
public sealed class WordModel : IDisposable
{
    public WordModel(string name = "llama")
    {
        string golden = GoldenModel.Of(name).Folder;
        foreach (string file in (string[])["config.json", "model.safetensors"])
            File.Copy(Path.Combine(golden, file), Path.Combine(Folder, file));
        int words = GoldenModel.Of(name).Model.Config.VocabularySize;
        File.WriteAllText(Path.Combine(Folder, "tokenizer.json"), new JsonObject
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
        File.WriteAllText(Path.Combine(Folder, "tokenizer_config.json"), new JsonObject { ["chat_template"] = "{% for message in messages %}w1 {{ message.content }} w2 {% endfor %}w3 " }.ToJsonString());
        Model = ModelLoader.Load(Folder);
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("trimtab-words-").FullName;

    public LoadedModel Model { get; }

    public void Dispose()
    {
        Model.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
