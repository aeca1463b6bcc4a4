using System.Globalization;
using Trimtab.Models.Text;

namespace Trimtab.Models.Gguf;

/// <summary>The tokenizer's part of GGUF metadata: checked, and filled up to the vocabulary of the weights.</summary>
internal static class TokenizerMetadata
{
    private const string Prefix = "tokenizer.", Model = "tokenizer.ggml.model", Tokens = "tokenizer.ggml.tokens", Types = "tokenizer.ggml.token_type", Scores = "tokenizer.ggml.scores";
    private const string Template = "tokenizer.chat_template";
    private const int Unused = 5;
    private const float UnusedScore = -10_000;

    private static readonly string[] EndTokens = ["tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"];

    /// <summary>The pairs to write.</summary>
    /// <param name="tokenizer">What the caller gave; may be empty.</param>
    /// <param name="model">The model, for its vocabulary and its own tokenizer.</param>
    /// <param name="name">What the file will call the model.</param>
    /// <param name="notes">Receives what the metadata cannot say.</param>
    /// <exception cref="ModelFormatException">A key is not a tokenizer's, or there are more tokens than the weights know.</exception>
    public static IEnumerable<KeyValuePair<string, object>> For(IReadOnlyDictionary<string, object> tokenizer, LoadedModel model, string name, List<string> notes)
    {
        if (tokenizer.Count == 0)
            tokenizer = model.Origin.GgufMetadata.Where(pair => pair.Key.StartsWith(Prefix, StringComparison.Ordinal)).ToDictionary();
        if (tokenizer.Count == 0)
            tokenizer = Written(model, name, notes);
        if (tokenizer.Keys.FirstOrDefault(key => !key.StartsWith(Prefix, StringComparison.Ordinal)) is { } stranger)
            throw new ModelFormatException($"Convert to GGUF: the key {stranger} was given as a tokenizer's — expected keys that begin with {Prefix}.");
        return tokenizer.Select(pair => new KeyValuePair<string, object>(pair.Key, Filled(pair.Key, pair.Value, model)));
    }

    // The tokenizer and the chat template that the checkpoint came with.
    private static Dictionary<string, object> Written(LoadedModel model, string name, List<string> notes)
    {
        var metadata = new Dictionary<string, object>();
        if (model.Tokenizer is { } tokenizer)
        {
            var written = GgufTokenizerWriter.Write(tokenizer, name, model.Config.VocabularySize);
            notes.AddRange(written.Notes);
            metadata = written.Metadata.ToDictionary();
            PutEndTokens(metadata, model, notes);
        }
        metadata.TryAdd(Model, "none");
        if (model.ChatTemplate is { } template)
            metadata[Template] = template.Source;
        return metadata;
    }

    // Generation ends at more tokens than one in many chat models; the format has three names for them.
    private static void PutEndTokens(Dictionary<string, object> metadata, LoadedModel model, List<string> notes)
    {
        if (metadata.Count == 0)
            return;
        string[] keys = [.. EndTokens.Where(key => !metadata.ContainsKey(key))];
        int[] ids = [.. model.GenerationDefaults.StopTokens.Where(id => id < model.Config.VocabularySize && !(metadata.GetValueOrDefault(EndTokens[0]) is uint eos && eos == id))];
        foreach (var (key, id) in keys.Zip(ids))
            metadata[key] = (uint)id;
        if (ids.Length > keys.Length)
            notes.Add($"Generation ends at tokens that the file has no name for: {string.Join(", ", ids.Skip(keys.Length))}.");
    }

    // Checkpoints round their vocabulary up; readers want a token for every row of the embedding.
    private static object Filled(string key, object value, LoadedModel model)
    {
        int wanted = model.Config.VocabularySize;
        if (value is not Array array || key is not (Tokens or Types or Scores) || array.Length == wanted)
            return value;
        if (array.Length > wanted)
            throw new ModelFormatException($"Convert to GGUF: {key} has {array.Length} entries, the embedding of {model.Name} has {wanted} rows. The tokenizer belongs to another model.");
        var missing = Enumerable.Range(array.Length, wanted - array.Length);
        return value switch
        {
            string[] tokens => (string[])[.. tokens, .. missing.Select(id => string.Create(CultureInfo.InvariantCulture, $"[PAD{id}]"))],
            int[] types => (int[])[.. types, .. missing.Select(_ => Unused)],
            float[] scores => (float[])[.. scores, .. missing.Select(_ => UnusedScore)],
            _ => throw new ModelFormatException($"Convert to GGUF: {key} is a {value.GetType().Name} — expected a list of {(key == Tokens ? "strings" : key == Types ? "int" : "float")}."),
        };
    }
}
