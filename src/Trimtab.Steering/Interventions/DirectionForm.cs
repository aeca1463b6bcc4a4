using System.Text.Json.Nodes;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;

namespace Trimtab.Steering;

/// <summary>A direction in a plan file: <c>{ "file": "evil.safetensors", "from": "blocks.3.resid_post" }</c>, or <c>{ "values": [ … ] }</c>.</summary>
internal static class DirectionForm
{
    public static Direction Read(PlanMembers members)
    {
        var direction = members.Has("values") ? Direction.Of(Tensor.From(members.Numbers("values"))) : ReadFile(members);
        members.RequireAllRead();
        return direction;
    }

    /// <summary>The members of an edit that adds so much of a direction.</summary>
    public static (Direction Direction, Strength Strength) ReadScaled(PlanMembers members) =>
        (Read(members.Object("direction")), members.Parsed("strength", members.Scalar("strength"), Strength.Parse));

    /// <summary>Writes what <see cref="ReadScaled"/> reads.</summary>
    public static void WriteScaled(JsonObject json, Direction direction, Strength strength, IReadOnlyList<HookPoint> at)
    {
        json["direction"] = Write(direction, at);
        json["strength"] = strength.ToString();
    }

    public static JsonObject Write(Direction direction, IReadOnlyList<HookPoint> at)
    {
        if (direction is VectorDirection { File: { } file } vector)
            return WriteFile(vector, file);
        var values = direction switch
        {
            FixedDirection fixedDirection => fixedDirection.Values,
            VectorDirection { Vector: var unsaved, From: var from } when from is not null || at.Count == 1 => unsaved[from ?? at[0]],
            _ => throw new FormatException("Plan: a vector that was never saved has another direction at each hook point. Save the vector, load it, and plan with that."),
        };
        return new JsonObject { ["values"] = Numbers(values.Values) };
    }

    /// <summary>A list of numbers.</summary>
    public static JsonArray Numbers(ReadOnlySpan<float> values) => new([.. values.ToArray().Select(v => (JsonNode)v)]);

    /// <summary>A list of the rows of a matrix.</summary>
    public static JsonArray Rows(Tensor matrix) => new([.. Enumerable.Range(0, matrix.RowCount).Select(row => (JsonNode)Numbers(matrix.Row(row)))]);

    private static VectorDirection ReadFile(PlanMembers members)
    {
        string full = members.ExistingFile("file");
        HookPoint? from = members.Has("from") ? members.Parsed("from", members.Text("from"), HookPoint.Parse) : null;
        return new VectorDirection(SteeringVector.Load(full), from) { File = members.Text("file"), AnyModel = members.Has("any_model") && members.Flag("any_model") };
    }

    private static JsonObject WriteFile(VectorDirection direction, string file)
    {
        var json = new JsonObject { ["file"] = file };
        if (direction.From is { } from)
            json["from"] = from.ToString();
        if (direction.AnyModel)
            json["any_model"] = true;
        return json;
    }
}
