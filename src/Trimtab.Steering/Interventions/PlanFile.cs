using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trimtab.Models.Hooks;
using Trimtab.Tensors.Files;

namespace Trimtab.Steering;

/// <summary>
/// The JSON form of a plan:
/// <code>
/// { "trimtab": "plan", "version": 1, "interventions": [
///   { "at": ["blocks.3.resid_post"], "tokens": "after_prompt",
///     "edit": { "type": "add", "direction": { "file": "evil.safetensors" }, "strength": "0.08n" } } ] }
/// </code>
/// Paths are relative to the plan. Members that are not understood are errors.
/// </summary>
internal static class PlanFile
{
    private const int Version = 1;

    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static SteeringPlan Read(string path)
    {
        var reader = Open(path, "plan");
        var interventions = reader.List("interventions").Select(item => ReadIntervention(item)).ToImmutableArray();
        reader.RequireAllRead();
        return new SteeringPlan(interventions);
    }

    /// <summary>The members of a file of our own that names its kind and version.</summary>
    public static PlanMembers Open(string path, string kind)
    {
        JsonNode? root;
        try
        {
            root = JsonNode.Parse(File.ReadAllText(path), documentOptions: new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 64 });
        }
        catch (JsonException e)
        {
            throw new FormatException($"{path}: it is not valid JSON — {e.Message}", e);
        }
        var reader = PlanMembers.Of(root, path, "");
        if (reader.Text("trimtab") != kind)
            throw reader.Bad("trimtab", $"\"{kind}\" is needed");
        return reader.Whole("version") == Version ? reader : throw reader.Bad("version", $"only version {Version} is known");
    }

    public static void Write(SteeringPlan plan, string path) => AtomicFile.WriteText(path, Text(plan));

    public static string Text(SteeringPlan plan) => Text("plan", new JsonObject { ["interventions"] = new JsonArray([.. plan.Interventions.Select(i => WriteIntervention(i))]) });

    /// <summary>A file that <see cref="Open"/> reads: its kind and version, then the members.</summary>
    public static string Text(string kind, JsonObject members)
    {
        members.Insert(0, "trimtab", kind);
        members.Insert(1, "version", Version);
        return members.ToJsonString(Readable) + "\n";
    }

    private static Intervention ReadIntervention(PlanMembers reader)
    {
        var points = reader.Texts("at").Select(text => reader.Parsed("at", text, HookPoint.Parse)).ToImmutableArray();
        if (points.IsEmpty)
            throw reader.Bad("at", "at least one hook point is needed");
        var tokens = reader.Has("tokens") ? reader.Parsed("tokens", reader.Text("tokens"), Tokens.Parse) : Tokens.All;
        var edit = PlanKinds<Edit>.Read(reader.Object("edit"));
        var gate = reader.Has("if") ? PlanKinds<Gate>.Read(reader.Object("if")) : null;
        reader.RequireAllRead();
        return new Intervention(points, tokens, edit) { Gate = gate };
    }

    private static JsonObject WriteIntervention(Intervention intervention)
    {
        var json = new JsonObject
        {
            ["at"] = new JsonArray([.. intervention.At.Select(point => (JsonNode)point.ToString())]),
            ["tokens"] = intervention.Tokens.ToString(),
            ["edit"] = WriteEdit(intervention),
        };
        if (intervention.Gate is { } gate)
            json["if"] = gate.ToJson(intervention.At);
        return json;
    }

    private static JsonObject WriteEdit(Intervention intervention)
    {
        var json = new JsonObject { ["type"] = PlanKinds<Edit>.NameOf(intervention.Edit) };
        intervention.Edit.Write(json, intervention.At);
        return json;
    }
}
