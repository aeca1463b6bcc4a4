using System.Text.Json.Nodes;
using Trimtab.Models.Weights;

namespace Trimtab.Models.Generation;

/// <summary>Reads what a checkpoint's author recommends: `generation_config.json`, and the end tokens of `config.json` where it names none.</summary>
public static class GenerationConfig
{
    // Keys that say nothing about how this engine chooses tokens: identities, server and cache hints.
    private static readonly string[] Neutral =
    [
        "_from_model_config", "transformers_version", "bos_token_id", "pad_token_id", "decoder_start_token_id", "use_cache", "cache_implementation", "output_attentions",
        "output_hidden_states", "output_scores", "output_logits", "return_dict_in_generate", "early_stopping", "max_length", "trust_remote_code", "chat_format", "max_window_size",
    ];

    // Settings that would change the text and that this engine does not have: accepted at the value that switches them off.
    private static readonly (string Key, string Off)[] Unsupported =
    [
        ("num_beams", "1"), ("num_beam_groups", "1"), ("no_repeat_ngram_size", "0"), ("typical_p", "1.0"), ("penalty_alpha", "0.0"), ("length_penalty", "1.0"),
        ("diversity_penalty", "0.0"), ("encoder_no_repeat_ngram_size", "0"), ("min_length", "0"), ("num_return_sequences", "1"), ("epsilon_cutoff", "0.0"),
        ("eta_cutoff", "0.0"), ("renormalize_logits", "false"), ("remove_invalid_values", "false"), ("min_new_tokens", "0"),
    ];

    /// <summary>The options that a generation_config.json states; what it leaves open keeps the default of <see cref="GenerationOptions"/>.</summary>
    /// <param name="json">The file's object.</param>
    /// <param name="source">The file's path, for messages.</param>
    /// <exception cref="ModelFormatException">A key or value is not understood.</exception>
    public static GenerationOptions Read(JsonObject json, string source)
    {
        var config = new ConfigReader(json, source, allowNeutral: false);
        var defaults = new GenerationOptions();
        var options = defaults with
        {
            MaxTokens = config.Size("max_new_tokens", defaults.MaxTokens),
            Sample = config.Flag("do_sample", false),
            RepetitionPenalty = (float)config.Number("repetition_penalty", 1),
            Temperature = (float)config.Number("temperature", 1),
            // The transformers library draws from the 50 most likely where a sampling configuration does not say.
            TopK = config.Int("top_k", config.Flag("do_sample", false) ? 50 : 0),
            TopP = (float)config.Number("top_p", 1),
            MinP = (float)config.Number("min_p", 0),
            StopTokens = [.. EndTokens(config)],
        };
        if (!options.Sample && options.Temperature <= 0)
            options = options with { Temperature = 1 };
        foreach (string key in Neutral)
            config.Node(key);
        foreach (var (key, off) in Unsupported)
            RequireOff(config, key, off);
        config.RequireAllRead();
        return Checked(options, source);
    }

    /// <summary>The tokens under eos_token_id: none, one, or a list.</summary>
    public static int[] EndTokens(ConfigReader config) => config.Node("eos_token_id") switch
    {
        null => [],
        JsonArray => config.Ints("eos_token_id"),
        _ => [config.Int("eos_token_id")],
    };

    private static void RequireOff(ConfigReader config, string key, string off)
    {
        if (config.Node(key) is JsonValue value && value.ToJsonString() != off && !(value.TryGetValue(out double number) && number.ToString("0.0", System.Globalization.CultureInfo.InvariantCulture) == off))
            throw config.Bad(key, $"Trimtab does not have this setting; only {off}, which switches it off, is accepted");
    }

    private static GenerationOptions Checked(GenerationOptions options, string source)
    {
        try
        {
            return options.Checked();
        }
        catch (ArgumentException e)
        {
            throw new ModelFormatException($"{source}: {e.Message}", e);
        }
    }
}
