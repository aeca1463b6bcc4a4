using System.Text.Json;
using System.Text.Json.Nodes;
using Trimtab.Models.Weights;
using Trimtab.Tensors;
using Trimtab.Tensors.Files;
using Trimtab.Tensors.Ops;

namespace Trimtab.Models.Adapters;

/// <summary>Adapters in the format of Hugging Face's PEFT: adapter_config.json beside adapter_model.safetensors.</summary>
internal static class LoraFolder
{
    private const string ConfigFile = "adapter_config.json", WeightsFile = "adapter_model.safetensors", PlanFile = "trimtab_plan.json";
    private const string Prefix = "base_model.model.", SuffixA = ".lora_A.weight", SuffixB = ".lora_B.weight";

    // Said by published files, and without effect on what an adapter computes.
    private static readonly string[] Neutral =
    [
        "auto_mapping", "base_model_name_or_path", "corda_config", "eva_config", "inference_mode", "init_lora_weights", "loftq_config", "megatron_core", "peft_version", "qalora_group_size", "revision",
        "runtime_config", "task_type",
    ];

    public static string NameOfA(string layer) => $"{Prefix}{layer}{SuffixA}";

    public static string NameOfB(string layer) => $"{Prefix}{layer}{SuffixB}";

    public static LoraAdapter Read(string folder)
    {
        string configPath = Path.Combine(folder, ConfigFile), weightsPath = Path.Combine(folder, WeightsFile);
        if (!File.Exists(configPath) || !File.Exists(weightsPath))
            throw new ModelFormatException($"{folder}: there is no {(File.Exists(configPath) ? WeightsFile : ConfigFile)}. Give the folder of an adapter in PEFT's format.");
        var config = new ConfigReader(JsonFile.ReadObject(configPath), configPath);
        var options = ReadOptions(config);
        var (ranks, alphas) = (ReadPattern(config, "rank_pattern"), ReadPattern(config, "alpha_pattern"));
        config.RequireAllRead();
        using var tensors = SafetensorsFile.Open(weightsPath);
        string planPath = Path.Combine(folder, PlanFile);
        return new LoraAdapter(options, ReadLayers(tensors, options, ranks, alphas)) { TrainedUnderPlan = File.Exists(planPath) ? File.ReadAllText(planPath) : null };
    }

    public static void Write(LoraAdapter adapter, string folder, string baseModel)
    {
        Directory.CreateDirectory(folder);
        SafetensorsFile.Write(Path.Combine(folder, WeightsFile),
            adapter.Layers.SelectMany(layer => new[] { (NameOfA(layer.Key), layer.Value.A), (NameOfB(layer.Key), layer.Value.B) }), new Dictionary<string, string> { ["format"] = "pt" });
        // One that an earlier adapter left in the folder would be read as this one's.
        File.Delete(Path.Combine(folder, PlanFile));
        if (adapter.TrainedUnderPlan is { } plan)
            AtomicFile.WriteText(Path.Combine(folder, PlanFile), plan);
        string json = Config(adapter, baseModel).ToJsonString(new JsonSerializerOptions { WriteIndented = true });
        AtomicFile.WriteText(Path.Combine(folder, ConfigFile), json);
    }

    private static JsonObject Config(LoraAdapter adapter, string baseModel)
    {
        var options = adapter.Options;
        var json = Common(options, baseModel);
        // Layers of a rank or scale of their own.
        var (ranks, alphas) = (json["rank_pattern"]!.AsObject(), json["alpha_pattern"]!.AsObject());
        foreach (var (name, layer) in adapter.Layers)
        {
            int rank = layer.A.Shape[0];
            double alpha = layer.Scale * (options.RankStabilised ? Math.Sqrt(rank) : rank);
            if (rank != options.Rank)
                ranks[name] = rank;
            if (Math.Abs(alpha - options.Alpha) > 1e-5 * Math.Abs(options.Alpha))
                alphas[name] = alpha;
        }
        return json;
    }

    private static JsonObject Common(LoraOptions options, string baseModel) => new()
    {
        ["peft_type"] = "LORA",
        ["task_type"] = "CAUSAL_LM",
        ["base_model_name_or_path"] = baseModel,
        ["r"] = options.Rank,
        ["lora_alpha"] = options.Alpha == Math.Truncate(options.Alpha) ? (long)options.Alpha : options.Alpha,
        ["lora_dropout"] = options.Dropout,
        ["use_rslora"] = options.RankStabilised,
        ["target_modules"] = options.TargetPattern is { } pattern ? JsonValue.Create(pattern) : new JsonArray([.. options.Targets.Select(target => JsonValue.Create(target))]),
        ["bias"] = "none",
        ["fan_in_fan_out"] = false,
        ["use_dora"] = false,
        ["modules_to_save"] = null,
        ["layers_to_transform"] = null,
        ["layers_pattern"] = null,
        ["rank_pattern"] = new JsonObject(),
        ["alpha_pattern"] = new JsonObject(),
        ["init_lora_weights"] = true,
        ["inference_mode"] = true,
    };

    private static LoraOptions ReadOptions(ConfigReader config)
    {
        config.Require("peft_type", "\"LORA\"", "other adapters compute something else");
        config.Require("bias", "\"none\"", "biases stay the model's");
        foreach (string flag in (string[])["use_dora", "lora_bias", "use_qalora", "use_bdlora", "alora_invocation_tokens"])
            config.Require(flag, "false", "this form of LoRA computes something else");
        // Which way round the base stores its weight; A and B are [rank, in] and [out, rank] all the same.
        config.Flag("fan_in_fan_out", false);
        foreach (string key in (string[])["modules_to_save", "target_parameters", "trainable_token_indices", "layer_replication", "exclude_modules", "megatron_config", "arrow_config"])
            if (config.Node(key) is not null and not JsonArray { Count: 0 })
                throw config.Bad(key, "Trimtab reads adapters that only add to layers");
        foreach (string key in (string[])["layers_to_transform", "layers_pattern", .. Neutral])
            config.Node(key);
        var targets = config.Node("target_modules");
        return new LoraOptions
        {
            Rank = config.Size("r"),
            Alpha = config.Number("lora_alpha", 8),
            RankStabilised = config.Flag("use_rslora", false),
            Dropout = config.Number("lora_dropout", 0),
            Targets = targets is JsonArray ? config.Texts("target_modules") : [],
            TargetPattern = targets is JsonValue pattern && pattern.TryGetValue(out string? text) ? text : null,
        };
    }

    // A pattern names the end of a layer's name, or is a regular expression for it.
    private static Dictionary<string, double> ReadPattern(ConfigReader config, string key) => config.Node(key) switch
    {
        null => [],
        JsonObject entries => entries.ToDictionary(entry => entry.Key, entry => entry.Value is JsonValue value && value.TryGetValue(out double number) ? number : throw config.Bad(key, "numbers by layer are needed")),
        _ => throw config.Bad(key, "an object is needed"),
    };

    private static Dictionary<string, LoraLayer> ReadLayers(SafetensorsFile tensors, LoraOptions options, Dictionary<string, double> ranks, Dictionary<string, double> alphas)
    {
        var layers = new Dictionary<string, LoraLayer>();
        foreach (string name in tensors.Names)
        {
            if (!name.StartsWith(Prefix, StringComparison.Ordinal) || !(name.EndsWith(SuffixA, StringComparison.Ordinal) || name.EndsWith(SuffixB, StringComparison.Ordinal)))
                throw new ModelFormatException($"{tensors.Describe}: the tensor {name} is no matrix of a LoRA layer ({Prefix}….lora_A.weight or ….lora_B.weight). Trimtab reads adapters that only add to layers.");
            string layer = name[Prefix.Length..^SuffixA.Length];
            if (layers.ContainsKey(layer))
                continue;
            var (a, b) = (Matrix(tensors, NameOfA(layer)), Matrix(tensors, NameOfB(layer)));
            var own = options with { Rank = (int)For(ranks, layer, options.Rank), Alpha = For(alphas, layer, options.Alpha) };
            if (a.Shape[0] != own.Rank || b.Columns != own.Rank)
                throw new ModelFormatException($"{tensors.Describe}: {layer} has A {a} and B {b} — the configuration asks for rank {own.Rank}.");
            layers.Add(layer, new LoraLayer(a, b, own.Scale));
        }
        return layers.Count > 0 ? layers : throw new ModelFormatException($"{tensors.Describe}: there is no layer in it.");
    }

    private static double For(Dictionary<string, double> pattern, string layer, double fallback)
    {
        foreach (var (key, value) in pattern)
            if (new LoraOptions { TargetPattern = $@"(.*\.)?({key})" }.Selects(layer))
                return value;
        return fallback;
    }

    private static Tensor Matrix(SafetensorsFile tensors, string name)
    {
        if (!tensors.Contains(name))
            throw new ModelFormatException($"{tensors.Describe}: the tensor {name} is missing; every layer needs both of its matrices.");
        var tensor = tensors[name];
        return tensor.Shape.Rank == 2 ? TensorOps.Dequantise(tensor) : throw new ModelFormatException($"{tensors.Describe}: the tensor {name} is {tensor} — a matrix is needed.");
    }
}
