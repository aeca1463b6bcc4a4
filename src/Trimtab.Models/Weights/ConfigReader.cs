using System.Text.Json;
using System.Text.Json.Nodes;

namespace Trimtab.Models.Weights;

/// <summary>
/// A model's configuration as a stranger wrote it. Every key that an architecture reads is noted, and <see cref="RequireAllRead"/> refuses those that nobody
/// understood: a key that is silently ignored is a model that silently computes something else. A key with the value null counts as absent.
/// </summary>
/// <param name="json">The configuration object.</param>
/// <param name="source">The file it came from, for messages.</param>
/// <param name="path">The keys that lead to this object inside the file, each followed by a dot.</param>
/// <param name="allowNeutral">Whether keys of a model's configuration that change nothing in its computation may stay unread.</param>
public sealed class ConfigReader(JsonObject json, string source, string path = "", bool allowNeutral = true)
{
    // What a configuration may say without changing what the model computes: training, serialisation, sampling and server hints.
    private static readonly HashSet<string> Neutral =
    [
        "_name_or_path", "architectures", "attention_dropout", "attn_pdrop", "auto_map", "aux_loss_alpha", "aux_loss_coef", "bos_token_id", "cache_implementation",
        "chunk_size_feed_forward", "classifier_dropout", "dtype", "embd_pdrop", "embed_dropout", "eos_token_id", "ep_size", "gradient_checkpointing", "hidden_dropout", "hidden_dropout_prob",
        "id2label", "initializer_range", "is_decoder", "is_encoder_decoder", "keys_to_ignore_at_inference", "label2id", "model_type", "num_nextn_predict_layers", "output_attentions",
        "output_hidden_states", "output_router_logits", "pad_token_id", "pretraining_tp", "problem_type", "reorder_and_upcast_attn", "resid_dropout", "resid_pdrop", "return_dict",
        "router_aux_loss_coef", "router_jitter_noise", "seq_aux", "sep_token_id", "summary_activation", "summary_first_dropout", "summary_proj_to_labels", "summary_type",
        "summary_use_proj", "task_specific_params", "tokenizer_class", "torch_dtype", "torchscript", "transformers_version", "unsloth_fixed", "unsloth_version", "use_cache",
        "use_return_dict", "attn_implementation", "_attn_implementation", "_attn_implementation_autoset", "attention_probs_dropout_prob", "finetuning_task", "prefix", "pruned_heads",
        "tf_legacy_loss", "use_bfloat16", "tie_encoder_decoder", "cross_attention_hidden_size", "decoder_start_token_id", "initializer_factor",
        // Older libraries wrote their sampling settings here as well; generation_config.json is where they count.
        "max_length", "min_length", "do_sample", "early_stopping", "num_beams", "num_beam_groups", "diversity_penalty", "temperature", "top_k", "top_p", "typical_p", "repetition_penalty",
        "length_penalty", "no_repeat_ngram_size", "encoder_no_repeat_ngram_size", "bad_words_ids", "num_return_sequences", "output_scores", "return_dict_in_generate",
        "forced_bos_token_id", "forced_eos_token_id", "remove_invalid_values", "exponential_decay_length_penalty", "suppress_tokens", "begin_suppress_tokens",
    ];

    // Far above every real size, and low enough that a few of them added up still count as an int.
    private const int LargestSize = 1 << 28;

    private readonly HashSet<string> _read = [];

    /// <summary>The file, for messages.</summary>
    public string Source { get; } = source;

    /// <summary>Whether the key is present and not null.</summary>
    public bool Has(string key) => Get(key) is not null;

    /// <summary>A whole number that must be there.</summary>
    public int Int(string key) => Value<int>(key, "a whole number") ?? throw Missing(key);

    /// <summary>A whole number, or the fallback.</summary>
    public int Int(string key, int fallback) => Value<int>(key, "a whole number") ?? fallback;

    /// <summary>A whole number from 1 to 2²⁸ that must be there.</summary>
    public int Size(string key) => Int(key) is > 0 and <= LargestSize and var size ? size : throw Bad(key, $"a whole number from 1 to {LargestSize} is needed");

    /// <summary>A whole number from 1 to 2²⁸, or the fallback.</summary>
    public int Size(string key, int fallback) => Has(key) ? Size(key) : fallback;

    /// <summary>A number that must be there.</summary>
    public double Number(string key) => Value<double>(key, "a number") ?? throw Missing(key);

    /// <summary>A number, or the fallback.</summary>
    public double Number(string key, double fallback) => Value<double>(key, "a number") ?? fallback;

    /// <summary>A finite number above zero that must be there.</summary>
    public double PositiveNumber(string key) => Positive(key, Number(key));

    /// <summary>A finite number above zero, or the fallback.</summary>
    public double PositiveNumber(string key, double fallback) => Has(key) ? PositiveNumber(key) : fallback;

    /// <summary>A truth value, or the fallback.</summary>
    public bool Flag(string key, bool fallback) => Value<bool>(key, "true or false") ?? fallback;

    /// <summary>A text, or the fallback.</summary>
    public string Text(string key, string fallback) => Note(key) is { } node
        ? node is JsonValue value && value.TryGetValue(out string? text) ? text : throw Bad(key, "a text is needed")
        : fallback;

    /// <summary>A list of numbers that must be there.</summary>
    public float[] Numbers(string key) => Array(key, node => node.GetValue<double>(), "a list of numbers").Select(n => (float)n).ToArray();

    /// <summary>A list of whole numbers; empty where the key is absent.</summary>
    public int[] Ints(string key) => Has(key) ? Array(key, node => node.GetValue<int>(), "a list of whole numbers") : Nothing<int>(key);

    /// <summary>A list of texts; empty where the key is absent.</summary>
    public string[] Texts(string key) => Has(key) ? Array(key, node => node.GetValue<string>(), "a list of texts") : Nothing<string>(key);

    /// <summary>The value as it stands in the file, or null; for keys whose structure is their family's own.</summary>
    public JsonNode? Node(string key) => Note(key);

    /// <summary>An object within, or null where the key is absent.</summary>
    public ConfigReader? Object(string key) => Note(key) switch
    {
        null => null,
        JsonObject inner => new ConfigReader(inner, Source, $"{path}{key}.", allowNeutral: false),
        _ => throw Bad(key, "an object is needed"),
    };

    /// <summary>Checks that a key, where present, has the one value that this engine computes.</summary>
    public void Require(string key, string value, string why)
    {
        if (Note(key) is { } node && node.ToJsonString() != value)
            throw Bad(key, $"only {value} is supported: {why}");
    }

    /// <summary>Refuses the file if it holds keys that were not read and are not known to be neutral.</summary>
    /// <exception cref="ModelFormatException">Names the first such key and its value.</exception>
    public void RequireAllRead()
    {
        foreach (var (key, value) in json)
            if (value is not null && !_read.Contains(key) && (!allowNeutral || !Neutral.Contains(key)))
                throw new ModelFormatException($"{Source}: the key {path}{key} is not understood — its value is {Shown(value)}. This architecture may need a feature that Trimtab lacks; remove the key only if it has no effect.");
    }

    /// <summary>An error about a key, with its value.</summary>
    public ModelFormatException Bad(string key, string what) => new($"{Source}: {path}{key} is {Shown(Get(key))} — {what}.");

    private T? Value<T>(string key, string kind) where T : struct
    {
        if (Note(key) is not { } node)
            return null;
        if (node is JsonValue value)
        {
            if (value.TryGetValue(out T result))
                return result;
            // Some exporters write whole numbers as 10000.0, and numbers as whole numbers.
            if (typeof(T) == typeof(int) && value.TryGetValue(out double number) && number == Math.Truncate(number) && Math.Abs(number) < int.MaxValue)
                return (T)(object)(int)number;
        }
        throw Bad(key, $"{kind} is needed");
    }

    private T[] Array<T>(string key, Func<JsonNode, T> element, string kind)
    {
        if (Note(key) is not JsonArray array)
            throw Has(key) ? Bad(key, $"{kind} is needed") : Missing(key);
        try
        {
            return [.. array.Select(node => element(node!))];
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or NullReferenceException)
        {
            throw Bad(key, $"{kind} is needed");
        }
    }

    private T[] Nothing<T>(string key)
    {
        _read.Add(key);
        return [];
    }

    private JsonNode? Note(string key)
    {
        _read.Add(key);
        return Get(key);
    }

    // A JSON object finds out that a key stands in it twice only when it is first asked for one.
    private JsonNode? Get(string key)
    {
        try
        {
            return json[key];
        }
        catch (ArgumentException e)
        {
            throw new ModelFormatException($"{Source}: a key stands twice in {(path.Length == 0 ? "the file" : path.TrimEnd('.'))} — {e.Message}", e);
        }
    }

    private double Positive(string key, double value) => value > 0 && double.IsFinite(value) ? value : throw Bad(key, "a number above 0 is needed");

    private ModelFormatException Missing(string key) => new($"{Source}: the key {path}{key} is missing, and this architecture needs it.");

    private static string Shown(JsonNode? value)
    {
        string text = value?.ToJsonString(JsonSerializerOptions.Default) ?? "absent";
        return text.Length <= 120 ? text : text[..117] + "…";
    }
}
