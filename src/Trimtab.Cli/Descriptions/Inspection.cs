using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Adapters;
using Trimtab.Models.Generation;
using Trimtab.Models.Hooks;
using Trimtab.Steering;
using Trimtab.Steering.Sae;
using Trimtab.Tensors.Files;

namespace Trimtab.Cli.Descriptions;

/// <summary>Finds out what a path holds and describes it as one JSON object.</summary>
internal static class Inspection
{
    /// <summary>The description; its first member says what kind of thing it is.</summary>
    public static JsonObject Of(string path)
    {
        if (Directory.Exists(path))
            return File.Exists(Path.Combine(path, "adapter_config.json")) ? OfAdapter(path) : SaeFormats.Of(path) is not null ? SaeDescription.Of(path) : OfModel(path);
        if (!File.Exists(path))
            throw new FileNotFoundException($"Inspect: there is no folder or file {path}.", path);
        if (SaeFormats.Of(path) is not null)
            return SaeDescription.Of(path);
        return Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".gguf" => OfGguf(path),
            ".json" => OfPlan(path),
            ".safetensors" => OfSafetensors(path),
            ".npz" or ".npy" or ".pt" or ".pth" or ".bin" => OfTensors(TensorFileSet.Open(path)),
            _ => throw new FormatException($"{path}: Trimtab knows nothing by this extension. Known are folders, .gguf, .safetensors, .json, .npz, .npy, .pt, .pth and .bin."),
        };
    }

    private static JsonObject OfAdapter(string path)
    {
        var adapter = LoraAdapter.Load(path);
        return new JsonObject
        {
            ["kind"] = "LoRA adapter",
            ["layers"] = adapter.Layers.Count,
            ["parameters"] = adapter.Layers.Values.Sum(layer => layer.A.Count + layer.B.Count),
            ["rank"] = adapter.Options.Rank,
            ["alpha"] = adapter.Options.Alpha,
            ["rankStabilised"] = adapter.Options.RankStabilised,
            ["scale"] = adapter.Options.Scale,
            ["dropout"] = adapter.Options.Dropout,
            ["targets"] = adapter.Options.TargetPattern ?? string.Join(", ", adapter.Options.Targets),
            ["trainedUnderPlan"] = adapter.TrainedUnderPlan is { } plan ? JsonNode.Parse(plan) : null,
        };
    }

    private static JsonObject OfModel(string path)
    {
        using var model = ModelLoader.Load(path);
        var (config, generation) = (model.Config, model.GenerationDefaults);
        return new JsonObject
        {
            ["kind"] = "model",
            ["name"] = model.Name,
            ["architecture"] = model.Architecture,
            ["parameters"] = model.Weights.Names.Sum(name => model.Weights[name].Count),
            ["fingerprint"] = model.Fingerprint,
            ["weights"] = model.Weights.Describe,
            ["types"] = Types(model.Weights),
            ["kernels"] = Machine.Kernels(model.Weights.Names.Select(name => model.Weights[name]).Where(weight => weight.Shape.Rank > 1 && Machine.IsWeight(weight.DType)).Select(weight => weight.DType)),
            ["layers"] = model.LayerCount,
            ["hiddenSize"] = config.HiddenSize,
            ["intermediateSize"] = config.IntermediateSize,
            ["heads"] = config.HeadCount,
            ["keyHeads"] = config.KeyHeadCount,
            ["headSize"] = config.HeadSize,
            ["vocabulary"] = config.VocabularySize,
            ["maxPositions"] = config.MaxPositions,
            ["sites"] = JsonOutput.Of(model.HookPoints.Select(p => p.Site).Distinct().Order().Select(s => s.Name())),
            ["tokenizer"] = model.Tokenizer is { } tokenizer ? $"{tokenizer.VocabularySize} tokens" : "none",
            ["chatTemplate"] = model.ChatTemplate is null ? "none" : "present",
            ["generation"] = Generation(generation),
        };
    }

    private static JsonObject Generation(GenerationOptions options) => new()
    {
        ["sample"] = options.Sample,
        ["temperature"] = options.Temperature,
        ["topK"] = options.TopK,
        ["topP"] = options.TopP,
        ["minP"] = options.MinP,
        ["repetitionPenalty"] = options.RepetitionPenalty,
        ["stopTokens"] = JsonOutput.Of(options.StopTokens),
    };

    private static JsonObject OfGguf(string path)
    {
        using var file = GgufFile.Open(path);
        if (file.Metadata.TryGetValue("general.architecture", out object? architecture) && architecture is "controlvector" or "steeringvector")
            return OfTensors(file, "control vector", file.Metadata);
        return OfModel(path);
    }

    private static JsonObject OfSafetensors(string path)
    {
        using var file = SafetensorsFile.Open(path);
        return file.Metadata.TryGetValue("format", out string? format) && format == "trimtab-vector"
            ? OfVector(SteeringVector.Load(path))
            : OfTensors(file, "tensors", file.Metadata.ToDictionary(pair => pair.Key, pair => (object)pair.Value));
    }

    private static JsonObject OfVector(SteeringVector vector) => new()
    {
        ["kind"] = "steering vector",
        ["name"] = vector.Name,
        ["size"] = vector.Dimension,
        ["directions"] = new JsonArray([.. vector.HookPoints.Select(point => (JsonNode)new JsonObject { ["at"] = point.ToString(), ["norm"] = vector.Norm(point) })]),
        ["provenance"] = JsonNode.Parse(vector.Provenance.ToJson()),
    };

    private static JsonObject OfPlan(string path)
    {
        var plan = SteeringPlan.Load(path);
        return new JsonObject
        {
            ["kind"] = "steering plan",
            ["interventions"] = new JsonArray([.. plan.Interventions.Select(i => (JsonNode)new JsonObject
            {
                ["at"] = string.Join(", ", i.At),
                ["tokens"] = i.Tokens.ToString(),
                ["edit"] = i.Edit.ToString(),
            })]),
        };
    }

    private static JsonObject OfTensors(ITensorSource source)
    {
        using (source)
            return OfTensors(source, "tensors", new Dictionary<string, object>());
    }

    private static JsonObject OfTensors(ITensorSource source, string kind, IReadOnlyDictionary<string, object> metadata) => new()
    {
        ["kind"] = kind,
        ["file"] = source.Describe,
        ["metadata"] = new JsonObject(metadata.Select(pair => KeyValuePair.Create<string, JsonNode?>(pair.Key, Convert.ToString(pair.Value, System.Globalization.CultureInfo.InvariantCulture)))),
        ["tensors"] = new JsonArray([.. source.Names.Select(name => (JsonNode)new JsonObject { ["name"] = name, ["shape"] = source[name].Shape.ToString(), ["type"] = source[name].DType.ToString() })]),
    };

    private static JsonObject Types(ITensorSource weights) => new(weights.Names.GroupBy(name => weights[name].DType)
        .Select(group => KeyValuePair.Create<string, JsonNode?>(group.Key.ToString(), $"{group.Count()} tensors, {group.Sum(name => weights[name].ByteCount) / 1e6:F1} MB")));
}
