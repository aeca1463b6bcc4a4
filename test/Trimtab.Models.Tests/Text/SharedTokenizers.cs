using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Trimtab.Models.Text;
using Trimtab.Testing;

namespace Trimtab.Models.Tests.Text;

/// <summary>Loads the third-party tokenizers of the shared folder once per test run; gzip is taken off in memory.</summary>
internal static class SharedTokenizers
{
    private static readonly ConcurrentDictionary<string, Lazy<Tokenizer>> Loaded = new();

    public static string Folder => Path.Combine(Repository.Shared!, "golden", "tokenizers");

    /// <summary>The tokenizer.json of a folder under hf/, constructed or real, with its tokenizer_config.json.</summary>
    public static Tokenizer HuggingFace(string name) => Once("hf " + name, () =>
    {
        var folder = Path.Combine(Folder, "hf", name);
        var file = Directory.GetFiles(folder, "tokenizer*.json*").Single(path => !path.Contains("config", StringComparison.Ordinal));
        var json = ReadMaybeZipped(file);
        return Tokenizer.FromTokenizerJson(file.Contains("without-vocab", StringComparison.Ordinal) ? WithVocabularyOfQwen(json)
            : json, file, Config(folder));
    });

    /// <summary>The tokenizer.model of a folder under hf/.</summary>
    public static Tokenizer Model(string name) => Once("model " + name, () =>
        Tokenizer.FromSentencePiece(ModelBytes(name), name));

    public static byte[] ModelBytes(string name) => ReadMaybeZipped(Path.Combine(Folder, "hf", name, "tokenizer.model.gz"));

    /// <summary>A vocabulary under llama.cpp/.</summary>
    public static Tokenizer Gguf(string name) => Once("gguf " + name, () => Tokenizer.FromGguf(GgufMetadata.Read(
        ReadMaybeZipped(Path.Combine(Folder, "llama.cpp", $"ggml-vocab-{name}.gguf.gz"))), name));

    public static JsonNode Encodings(string name) => JsonNode.Parse(File.ReadAllBytes(Path.Combine(Folder, "encodings", name + ".json")))!;

    public static byte[] ReadMaybeZipped(string path)
    {
        var bytes = File.ReadAllBytes(path);
        if (!path.EndsWith(".gz", StringComparison.Ordinal))
            return bytes;
        using var zip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        var plain = new MemoryStream();
        zip.CopyTo(plain);
        return plain.ToArray();
    }

    private static Tokenizer Once(string key, Func<Tokenizer> load) => Loaded.GetOrAdd(key, _ => new Lazy<Tokenizer>(load)).Value;

    private static ReadOnlyMemory<byte> Config(string folder)
    {
        var path = Path.Combine(folder, "tokenizer_config.json");
        return File.Exists(path) ? File.ReadAllBytes(path) : ReadOnlyMemory<byte>.Empty;
    }

    private static byte[] WithVocabularyOfQwen(byte[] json)
    {
        var qwen = JsonNode.Parse(ReadMaybeZipped(Path.Combine(Folder, "hf", "qwen2.5", "tokenizer.constructed.json.gz")))!["model"]!;
        var root = JsonNode.Parse(json)!;
        root["model"]!["vocab"] = qwen["vocab"]!.DeepClone();
        root["model"]!["merges"] = qwen["merges"]!.DeepClone();
        return Encoding.UTF8.GetBytes(root.ToJsonString());
    }
}
