using System.Text.Json;
using System.Text.Json.Nodes;
using Trimtab.Models.Generation;
using Trimtab.Models.Text;

namespace Trimtab.Models;

/// <summary>What a checkpoint carries beside its weights: tokenizer, chat template, recommended generation settings. Each is read when first asked for.</summary>
internal sealed class TextAssets(Func<Tokenizer?> tokenizer, Func<ChatTemplate?> chatTemplate, Func<GenerationOptions> generation)
{
    // All that readers of the format look for beside configuration and weights.
    private static readonly string[] Files =
    [
        "tokenizer.json", "tokenizer_config.json", "tokenizer.model", "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt", "chat_template.jinja", "generation_config.json",
    ];

    private readonly Lazy<Tokenizer?> _tokenizer = new(tokenizer);
    private readonly Lazy<ChatTemplate?> _chatTemplate = new(chatTemplate);
    private readonly Lazy<GenerationOptions> _generation = new(generation);

    public Tokenizer? Tokenizer => _tokenizer.Value;

    public ChatTemplate? ChatTemplate => _chatTemplate.Value;

    public GenerationOptions Generation => _generation.Value;

    /// <summary>The assets of a Hugging Face folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="endTokens">The end tokens that config.json names, for folders whose generation settings name none.</param>
    public static TextAssets OfFolder(string folder, int[] endTokens) => new(
        () => HasTokenizer(folder) ? Tokenizer.Load(folder) : null,
        () => FolderTemplate(folder),
        () => FolderGeneration(Path.Combine(folder, "generation_config.json"), endTokens));

    /// <summary>Copies the files of tokenizer, chat template and generation settings from one model folder to another.</summary>
    public static void Copy(string folder, string target)
    {
        if (Path.GetFullPath(folder) == Path.GetFullPath(target))
            return;
        foreach (string path in Files.Select(file => Path.Combine(folder, file)).Where(File.Exists))
            File.Copy(path, Path.Combine(target, Path.GetFileName(path)), overwrite: true);
    }

    /// <summary>The assets of a GGUF file, which its metadata hold.</summary>
    public static TextAssets OfGguf(IReadOnlyDictionary<string, object> metadata, string file) => new(
        () => metadata.GetValueOrDefault("tokenizer.ggml.model") is null or "none" or "no_vocab" ? null : Tokenizer.FromGguf(metadata, file),
        () => metadata.GetValueOrDefault("tokenizer.chat_template") is string template ? ChatTemplate.Parse(template, file) : null,
        () => new GenerationOptions { StopTokens = [.. GgufEndTokens(metadata)] });

    // The end of a turn and of a message are tokens of their own in many chat models.
    private static IEnumerable<int> GgufEndTokens(IReadOnlyDictionary<string, object> metadata) => ((string[])["eos", "eot", "eom"])
        .Select(name => metadata.GetValueOrDefault($"tokenizer.ggml.{name}_token_id")).OfType<uint>().Select(id => checked((int)id)).Distinct();

    private static bool HasTokenizer(string folder) =>
        File.Exists(Path.Combine(folder, "tokenizer.json")) || File.Exists(Path.Combine(folder, "tokenizer.model")) || File.Exists(Path.Combine(folder, "vocab.json"));

    // Newer checkpoints keep the template in a file of its own; older ones in tokenizer_config.json, some as a list of named templates.
    private static ChatTemplate? FolderTemplate(string folder)
    {
        string file = Path.Combine(folder, "chat_template.jinja");
        if (File.Exists(file))
            return ChatTemplate.Parse(File.ReadAllText(file), file);
        string config = Path.Combine(folder, "tokenizer_config.json");
        if (!File.Exists(config))
            return null;
        var source = JsonFile.ReadObject(config)["chat_template"] switch
        {
            JsonArray named => named.FirstOrDefault(t => t?["name"]?.GetValue<string>() == "default")?["template"],
            var single => single,
        };
        return source is null ? null : ChatTemplate.Parse(source.GetValue<string>(), config);
    }

    private static GenerationOptions FolderGeneration(string file, int[] endTokens)
    {
        var options = File.Exists(file) ? GenerationConfig.Read(JsonFile.ReadObject(file), file) : new GenerationOptions();
        return options.StopTokens.IsEmpty ? options with { StopTokens = [.. endTokens] } : options;
    }
}

/// <summary>JSON files of a checkpoint.</summary>
internal static class JsonFile
{
    /// <summary>The object that a file holds.</summary>
    /// <exception cref="ModelFormatException">It is not valid JSON, or no object.</exception>
    public static JsonObject ReadObject(string path)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(path)) as JsonObject ?? throw new ModelFormatException($"{path}: it is not a JSON object.");
        }
        catch (JsonException e)
        {
            throw new ModelFormatException($"{path}: it is not valid JSON — {e.Message}", e);
        }
    }
}
