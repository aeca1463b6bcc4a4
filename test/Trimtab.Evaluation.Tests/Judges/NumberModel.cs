using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Testing;

namespace Trimtab.Evaluation.Tests.Judges;

/// <summary>The golden Llama with a tokenizer that can write numbers, whole or digit by digit; its other tokens are words.</summary>
internal sealed class NumberModel : IDisposable
{
    /// <summary>The id of REFUSAL; the numbers, or the digits, have their own value as their id.</summary>
    public const int Refusal = 101;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("trimtab-numbers-");

    public NumberModel(bool digits)
    {
        string golden = GoldenModel.Of("llama").Folder;
        foreach (string file in (string[])["config.json", "model.safetensors"])
            File.Copy(Path.Combine(golden, file), Path.Combine(_folder.FullName, file));
        int words = GoldenModel.Of("llama").Model.Config.VocabularySize;
        File.WriteAllText(Path.Combine(_folder.FullName, "tokenizer.json"), new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray(),
            ["pre_tokenizer"] = new JsonObject
            {
                ["type"] = "Sequence",
                ["pretokenizers"] = new JsonArray(new JsonObject { ["type"] = "WhitespaceSplit" }, new JsonObject { ["type"] = "Digits", ["individual_digits"] = digits }),
            },
            ["model"] = new JsonObject
            {
                ["type"] = "WordLevel",
                ["vocab"] = new JsonObject(Enumerable.Range(0, words).Select(id => KeyValuePair.Create<string, JsonNode?>(id == Refusal ? "REFUSAL" : id < (digits ? 10 : Refusal) ? $"{id}" : Word(id), id))),
                ["unk_token"] = Word(words - 1),
            },
        }.ToJsonString());
        File.WriteAllText(Path.Combine(_folder.FullName, "tokenizer_config.json"), new JsonObject { ["chat_template"] = "{% for message in messages %}{{ message.content }} {% endfor %}" }.ToJsonString());
        Model = ModelLoader.Load(_folder.FullName);
    }

    public LoadedModel Model { get; }

    /// <summary>The word of a token; letters alone, since digits are split off.</summary>
    public static string Word(int id) => $"w{string.Concat($"{id}".Select(digit => (char)('a' + (digit - '0'))))}";

    public void Dispose()
    {
        Model.Dispose();
        _folder.Delete(recursive: true);
    }
}
