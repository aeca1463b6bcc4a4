using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trimtab.Models.Hooks;
using Trimtab.Tensors.Files;

namespace Trimtab.Steering.Monitoring;

/// <summary>
/// Rules as people read, diff and share them, beside plans:
/// <code>
/// { "trimtab": "monitor-rules", "version": 1, "rules": [
///   { "trait": "evil", "reading": "token", "threshold": "99%", "action": "stop" } ] }
/// </code>
/// Members that are not understood are errors.
/// </summary>
/// <param name="Rules">The rules; several may speak of one trait.</param>
public sealed record MonitorRules(ImmutableArray<MonitorRule> Rules)
{
    private const string Kind = "monitor-rules";

    /// <summary>No rules.</summary>
    public static MonitorRules None { get; } = new([]);

    /// <summary>Reads a file of rules.</summary>
    /// <exception cref="FormatException">The file is none, or a member of it is not understood.</exception>
    public static MonitorRules Load(string path)
    {
        var file = PlanFile.Open(path, Kind);
        var rules = file.List("rules").Select(Read).ToImmutableArray();
        file.RequireAllRead();
        return new MonitorRules(rules);
    }

    /// <summary>Writes a file of rules.</summary>
    public void Save(string path) => AtomicFile.WriteText(path, PlanFile.Text(Kind, new JsonObject { ["rules"] = new JsonArray([.. Rules.Select(rule => (JsonNode)Write(rule))]) }));

    /// <summary>The rules for some traits, with thresholds as coordinates.</summary>
    /// <exception cref="SteeringException">A rule is none, names no trait that is read, or needs a calibration that is not there.</exception>
    internal IReadOnlyList<BoundRule> Bind(IReadOnlyList<MonitoredTrait> traits, MonitorCalibration? calibration) => [.. Rules.Select(rule => Bind(rule, traits, calibration))];

    private static BoundRule Bind(MonitorRule rule, IReadOnlyList<MonitoredTrait> traits, MonitorCalibration? calibration)
    {
        if (rule.Problem() is { } problem)
            throw new SteeringException($"Rule '{rule}': {problem}.");
        int trait = traits.Select(read => read.Name).ToList().IndexOf(rule.Trait);
        if (trait < 0)
            throw new SteeringException($"Rule '{rule}': no such trait is read — there are {string.Join(", ", traits.Select(read => read.Name))}.");
        if (rule.Threshold.Unit == MonitorUnit.Raw)
            return new BoundRule(rule, trait, (float)rule.Threshold.Value);
        return calibration is null
            ? throw new SteeringException($"Rule '{rule}': {rule.Threshold} refers to reference traffic, and no calibration was given. Make one with `trimtab monitor calibrate`, or give a coordinate.")
            : new BoundRule(rule, trait, (float)calibration.Of(rule.Trait).Of(rule.Reading).At(rule.Threshold));
    }

    private static MonitorRule Read(PlanMembers members)
    {
        var rule = new MonitorRule(
            members.Text("trait"), MonitorForms.Read<MonitorReading>(members, "reading"), members.Parsed("threshold", members.Scalar("threshold"), MonitorLevel.Parse), MonitorForms.Read<MonitorAction>(members, "action"))
        {
            Comparison = GateForms.Comparison(members),
            FromToken = members.Has("from_token") ? members.Whole("from_token") : 1,
        };
        members.RequireAllRead();
        return rule.Problem() is { } problem ? throw members.Bad("action", problem) : rule;
    }

    private static JsonObject Write(MonitorRule rule)
    {
        var json = new JsonObject
        {
            ["trait"] = rule.Trait, ["reading"] = MonitorForms.Name(rule.Reading), ["threshold"] = rule.Threshold.ToString(), ["comparison"] = rule.Comparison.Name(), ["action"] = MonitorForms.Name(rule.Action),
        };
        if (rule.FromToken > 1)
            json["from_token"] = rule.FromToken;
        return json;
    }
}

/// <summary>The text forms of what rules name: the names of the library, in kebab case.</summary>
public static class MonitorForms
{
    /// <summary>What files call a reading.</summary>
    public static string Name(MonitorReading reading) => NameOf(reading);

    /// <summary>What files call an action.</summary>
    public static string Name(MonitorAction action) => NameOf(action);

    internal static T Read<T>(PlanMembers members, string name) where T : struct, Enum
    {
        string text = members.Text(name);
        foreach (var value in Enum.GetValues<T>())
            if (NameOf(value) == text)
                return value;
        throw members.Bad(name, $"known are {string.Join(", ", Enum.GetValues<T>().Select(NameOf))}");
    }

    private static string NameOf<T>(T value) where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}
