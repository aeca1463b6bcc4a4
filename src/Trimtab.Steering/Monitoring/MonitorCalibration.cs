using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Tensors.Files;

namespace Trimtab.Steering.Monitoring;

/// <summary>What the readings of one trait are on reference traffic.</summary>
/// <param name="Name">The trait's name.</param>
/// <param name="At">Where it was read.</param>
/// <param name="Direction">Identifies v/‖v‖ by its values.</param>
/// <param name="Prompt">At the token before each answer.</param>
/// <param name="Token">At each token of the answers.</param>
/// <param name="AnswerMean">The mean over the tokens of each answer.</param>
public sealed record TraitCalibration(string Name, HookPoint At, string Direction, ReadingDistribution Prompt, ReadingDistribution Token, ReadingDistribution AnswerMean)
{
    /// <summary>What a reading is held against; a running mean against the means of whole answers.</summary>
    public ReadingDistribution Of(MonitorReading reading) => reading switch { MonitorReading.Prompt => Prompt, MonitorReading.Token => Token, _ => AnswerMean };
}

/// <summary>
/// What readings are on reference traffic: it turns coordinates into z-scores and percentiles. It belongs to the model and the directions that it was made with, and refuses others: a coordinate along another direction, or in another
/// model, means something else.
/// </summary>
public sealed record MonitorCalibration
{
    private const string Kind = "monitor-calibration";

    /// <summary>What the model is called.</summary>
    public required string ModelName { get; init; }

    /// <summary>Identifies the model's weights (<see cref="LoadedModel.Fingerprint"/>).</summary>
    public required string ModelFingerprint { get; init; }

    /// <summary>How many conversations were read.</summary>
    public required int Conversations { get; init; }

    /// <summary>Identifies the conversations' file by its content; null where there was none.</summary>
    public string? DataHash { get; init; }

    /// <summary>The tool and version that made it.</summary>
    public string ToolVersion { get; init; } = Provenance.CurrentTool;

    /// <summary>The traits; at least one.</summary>
    public required ImmutableArray<TraitCalibration> Traits { get; init; }

    /// <summary>Reads a calibration file.</summary>
    /// <exception cref="FormatException">The file is none, or a member of it is not understood.</exception>
    public static MonitorCalibration Load(string path)
    {
        var file = PlanFile.Open(path, Kind);
        var read = new MonitorCalibration
        {
            ModelName = file.Text("model_name"), ModelFingerprint = file.Text("model_fingerprint"), Conversations = file.Whole("conversations"), ToolVersion = file.Text("tool_version"),
            DataHash = file.Has("data_hash") ? file.Text("data_hash") : null, Traits = [.. file.List("traits").Select(ReadTrait)],
        };
        file.RequireAllRead();
        return read.Traits.IsEmpty ? throw file.Bad("traits", "at least one is needed") : read;
    }

    /// <summary>Writes a calibration file.</summary>
    public void Save(string path) => AtomicFile.WriteText(path, ToJson());

    /// <summary>The file as <see cref="Save"/> writes it.</summary>
    public string ToJson()
    {
        var json = new JsonObject { ["model_name"] = ModelName, ["model_fingerprint"] = ModelFingerprint, ["conversations"] = Conversations, ["tool_version"] = ToolVersion };
        if (DataHash is not null)
            json["data_hash"] = DataHash;
        json["traits"] = new JsonArray([.. Traits.Select(trait => (JsonNode)new JsonObject
        {
            ["name"] = trait.Name, ["at"] = trait.At.ToString(), ["direction"] = trait.Direction, ["prompt"] = trait.Prompt.ToJson(), ["token"] = trait.Token.ToJson(), ["answer_mean"] = trait.AnswerMean.ToJson(),
        })]);
        return PlanFile.Text(Kind, json);
    }

    /// <summary>The calibration of a trait.</summary>
    /// <exception cref="SteeringException">It holds none.</exception>
    public TraitCalibration Of(string trait) => Traits.FirstOrDefault(known => known.Name == trait)
        ?? throw new SteeringException($"Calibration: there is none for '{trait}' — it holds {string.Join(", ", Traits.Select(known => known.Name))}. Calibrate anew with this trait.");

    /// <summary>Throws unless it was made on this model with these directions at these hook points. Traits that are not read any more do no harm.</summary>
    /// <exception cref="SteeringException">Names what differs.</exception>
    public void Require(LoadedModel model, IReadOnlyList<MonitoredTrait> traits)
    {
        if (model.Fingerprint != ModelFingerprint)
            throw new SteeringException($"Calibration: it was made on {ModelName} ({Short(ModelFingerprint)}); this model is {model.Name} ({Short(model.Fingerprint)}). Calibrate anew on this model.");
        foreach (var trait in traits)
        {
            var known = Of(trait.Name);
            if (known.At != trait.At)
                throw new SteeringException($"Calibration: '{trait.Name}' was read at {known.At}, and is now at {trait.At}. Read it there, or calibrate anew.");
            if (known.Direction != trait.Digest(model))
                throw new SteeringException($"Calibration: '{trait.Name}' was another direction ({known.Direction}, now {trait.Digest(model)}). Give the vector that it was made with, or calibrate anew.");
        }
    }

    private static TraitCalibration ReadTrait(PlanMembers members)
    {
        var trait = new TraitCalibration(members.Text("name"), members.Parsed("at", members.Text("at"), HookPoint.Parse), members.Text("direction"),
            ReadingDistribution.Read(members.Object("prompt")), ReadingDistribution.Read(members.Object("token")), ReadingDistribution.Read(members.Object("answer_mean")));
        members.RequireAllRead();
        return trait;
    }

    private static string Short(string fingerprint) => fingerprint.Length > 8 ? fingerprint[..8] + "…" : fingerprint;
}
