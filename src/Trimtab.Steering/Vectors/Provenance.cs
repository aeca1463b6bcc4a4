using System.Text.Json;
using System.Text.Json.Serialization;
using Trimtab.Models;
using Trimtab.Models.Hooks;

namespace Trimtab.Steering;

/// <summary>
/// Where a vector comes from: the model, the method, the data, the tool. What an import cannot know is null, and absent in the file; nothing is ever made
/// up. A vector that was fitted here always knows its model and method. Two records are equal if their JSON is.
/// </summary>
public sealed record Provenance
{
    private readonly IReadOnlyDictionary<string, double>? _residualNorms;
    private readonly IReadOnlyDictionary<string, ProbeRecord>? _probes;

    /// <summary>What the model is called; null where an import does not say.</summary>
    public string? ModelName { get; init; }

    /// <summary>The architecture, as configurations name it ("Qwen2ForCausalLM"); null where an import does not say.</summary>
    public string? Architecture { get; init; }

    /// <summary>Identifies the model's weights (<see cref="LoadedModel.Fingerprint"/>); null where an import does not say, which is always.</summary>
    public string? ModelFingerprint { get; init; }

    /// <summary>The element type that the model's weights were converted to on load, such as "Q8_0"; null where they ran as stored, and where an import does not say.</summary>
    public string? Quantisation { get; init; }

    /// <summary>D, the width of the model's residual stream; null where an import does not say.</summary>
    public int? HiddenSize { get; init; }

    /// <summary>L, the model's number of blocks; null where an import does not say.</summary>
    public int? LayerCount { get; init; }

    /// <summary>The method that made it, such as "mean-difference"; null where an import does not say.</summary>
    public string? Method { get; init; }

    /// <summary>The method's options, a JSON object; null where it has none or an import does not say.</summary>
    public JsonElement? MethodOptions { get; init; }

    /// <summary>Identifies the examples by content; null for methods without examples and where an import does not say.</summary>
    public string? DataHash { get; init; }

    /// <summary>How many examples it was made from, all classes together; null as for <see cref="DataHash"/>.</summary>
    public int? ExampleCount { get; init; }

    /// <summary>Which tokens of an example were read, and how they were pooled; null as for <see cref="DataHash"/>.</summary>
    public string? TokenRule { get; init; }

    /// <summary>Identifies the chat template that the examples were written with; null where they were plain text or an import does not say.</summary>
    public string? ChatTemplateHash { get; init; }

    /// <summary>
    /// The mean L2 norm of the residual rows that were read, by the text form of the hook point: what <see cref="Strength.OfNorm"/> is a fraction of. Null where
    /// it was not measured. Kept in the order of the model's depth.
    /// </summary>
    /// <exception cref="VectorFormatException">A key is no hook point, or a norm is negative or no number.</exception>
    public IReadOnlyDictionary<string, double>? ResidualNorms
    {
        get => _residualNorms;
        init => _residualNorms = value is null ? null : Ordered(value, "the residual norm", "a number that is not negative", norm => double.IsFinite(norm) && norm >= 0);
    }

    /// <summary>What a fitted classifier holds besides its direction, by the text form of the hook point; null for vectors that are no classifiers.</summary>
    /// <exception cref="VectorFormatException">A key is no hook point, or a number is out of range.</exception>
    public IReadOnlyDictionary<string, ProbeRecord>? Probes
    {
        get => _probes;
        init => _probes = value is null ? null : Ordered(value, "the probe", "a finite bias and an accuracy of 0 … 1", probe => double.IsFinite(probe.Bias) && probe.HeldOutAccuracy is null or (>= 0 and <= 1));
    }

    /// <summary>The seed of the method's random numbers; null where it draws none or an import does not say.</summary>
    public long? Seed { get; init; }

    /// <summary>The tool and version that wrote this record, such as "Trimtab 0.1.0".</summary>
    [JsonRequired]
    public string ToolVersion { get; init; } = CurrentTool;

    /// <summary>Who or what asked for the vector, in free words; null where nothing was said.</summary>
    public string? CreatedBy { get; init; }

    /// <summary>What was done to the directions since they were made, in order, such as "normalised"; null for nothing.</summary>
    public IReadOnlyList<string>? Steps { get; init; }

    /// <summary>The records of the vectors that this one combines, in the order of its weights; null for a vector that is no combination.</summary>
    public IReadOnlyList<Provenance>? Sources { get; init; }

    /// <summary>The foreign file; null for vectors that were made here.</summary>
    public ImportSource? ImportedFrom { get; init; }

    /// <summary>This library and its version.</summary>
    public static string CurrentTool { get; } = $"Trimtab {typeof(Provenance).Assembly.GetName().Version!.ToString(3)}";

    /// <summary>The record of a vector that <paramref name="method"/> makes on <paramref name="model"/>; complete it with what was read. Computes the model's fingerprint.</summary>
    public static Provenance For(LoadedModel model, string method) => new()
    {
        ModelName = model.Name,
        Architecture = model.Architecture,
        ModelFingerprint = model.Fingerprint,
        Quantisation = model.Quantisation?.Type.ToString(),
        HiddenSize = model.Config.HiddenSize,
        LayerCount = model.LayerCount,
        Method = method,
    };

    /// <summary>Reads the JSON form. Unknown and repeated members are errors.</summary>
    /// <exception cref="VectorFormatException">The text is not a complete record.</exception>
    public static Provenance FromJson(string json) => ProvenanceJson.Read(json);

    /// <summary>The JSON form, on one line, with the members in the order of this class; what is null is absent.</summary>
    public string ToJson() => ProvenanceJson.Write(this);

    /// <summary>Whether both say the same.</summary>
    public bool Equals(Provenance? other) => other is not null && (ReferenceEquals(this, other) || ToJson() == other.ToJson());

    /// <inheritdoc/>
    public override int GetHashCode() => ToJson().GetHashCode(StringComparison.Ordinal);

    /// <summary>This record, with one more thing that was done to the directions. A classifier is none any more once its weights have changed.</summary>
    internal Provenance WithStep(string step) => this with { Steps = [.. Steps ?? [], step], Probes = null };

    /// <summary>What is wrong or missing, in a clause; null for a record that is fine.</summary>
    internal string? Problem()
    {
        if (ImportedFrom is null && Sources is null)
            foreach (var (name, value) in new (string, object?)[] { ("model name", ModelName), ("architecture", Architecture), ("model fingerprint", ModelFingerprint),
                ("hidden size", HiddenSize), ("layer count", LayerCount), ("method", Method) })
                if (value is null)
                    return $"the {name} is missing, and the vector is neither imported nor a combination";
        if (MethodOptions is { ValueKind: not JsonValueKind.Object } || ImportedFrom?.Metadata is { ValueKind: not JsonValueKind.Object })
            return "the method's options and the import's metadata must be JSON objects";
        foreach (var (name, value) in new (string, int?)[] { ("hidden size", HiddenSize), ("layer count", LayerCount), ("example count", ExampleCount + 1) })
            if (value <= 0)
                return $"the {name} is out of range";
        return ToolVersion.Length == 0 ? "the tool version is empty" : Sources?.Select(source => source.Problem()).FirstOrDefault(problem => problem is not null);
    }

    private static OrderedDictionary<string, T> Ordered<T>(IReadOnlyDictionary<string, T> values, string what, string expected, Func<T, bool> isValid)
    {
        var ordered = new OrderedDictionary<string, T>(values.Count, StringComparer.Ordinal);
        foreach (var (point, value) in values.Select(pair => (Point: VectorPoints.Parse(pair.Key, "Provenance"), pair.Value)).OrderBy(pair => VectorPoints.Depth(pair.Point)))
            ordered.Add(point.ToString(), isValid(value) ? value : throw new VectorFormatException("Provenance", $"{what} at {point}", value, $"expected {expected}"));
        return ordered;
    }
}

/// <summary>A linear classifier p = σ(v · h + b) at one hook point, whose v is the direction there.</summary>
/// <param name="Bias">b.</param>
/// <param name="HeldOutAccuracy">The share of examples that it was not fitted to and put on the right side, 0 … 1; null where none were held out.</param>
public sealed record ProbeRecord(double Bias, double? HeldOutAccuracy = null);
