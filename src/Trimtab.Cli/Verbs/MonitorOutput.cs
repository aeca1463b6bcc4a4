using System.Globalization;
using System.Text.Json.Nodes;
using Trimtab.Steering.Monitoring;

namespace Trimtab.Cli.Verbs;

/// <summary>What was read, as JSON and for people.</summary>
internal static class MonitorOutput
{
    /// <summary>A conversation: for every answer what was read before it, over it and where it was largest, and the thresholds that were passed.</summary>
    /// <param name="number">Its place in its file, from 1.</param>
    /// <param name="conversation">The conversation.</param>
    /// <param name="calibration">Adds z-scores and percentiles; null for none.</param>
    /// <param name="token">The text of a token by its position.</param>
    /// <param name="eachToken">Whether the reading of every token is written as well.</param>
    public static JsonObject ToJson(int number, MonitoredConversation conversation, MonitorCalibration? calibration, Func<int, string> token, bool eachToken) => new()
    {
        ["chat"] = number,
        ["tokens"] = conversation.Text.Ids.Length,
        ["turns"] = new JsonArray([.. conversation.Turns.Index().Select(turn => (JsonNode)ToJson(turn.Index + 1, turn.Item, conversation.Trace, calibration, token, eachToken))]),
    };

    /// <summary>The readings of an answer by the traits' names.</summary>
    public static JsonObject ToJson(IReadOnlyList<AnswerReading> traits, MonitorCalibration? calibration, Func<int, string> token) => new(traits.Select(read =>
    {
        JsonObject Number(double value, MonitorReading reading) => ToJson(value, calibration?.Of(read.Trait).Of(reading));
        var json = new JsonObject { ["before"] = Number(read.Before, MonitorReading.Prompt) };
        if (read.Mean is { } mean)
        {
            json["mean"] = Number(mean, MonitorReading.RunningMean);
            json["largest"] = Number(read.Largest!.Value, MonitorReading.Token);
            json["largest"]!["position"] = read.LargestAt;
            json["largest"]!["token"] = token(read.LargestAt!.Value);
        }
        return KeyValuePair.Create<string, JsonNode?>(read.Trait, json);
    }));

    /// <summary>The thresholds that were passed.</summary>
    public static JsonArray ToJson(IReadOnlyList<MonitorEvent> events, Func<int, string> token) => new([.. events.Select(passed => (JsonNode)new JsonObject
    {
        ["trait"] = passed.Rule.Trait, ["reading"] = MonitorForms.Name(passed.Rule.Reading), ["action"] = MonitorForms.Name(passed.Rule.Action),
        ["position"] = passed.Position, ["token"] = token(passed.Position), ["value"] = passed.Value, ["threshold"] = passed.Threshold,
    })]);

    /// <summary>What was read in all.</summary>
    public static JsonObject ToJson(MonitorSummary summary) => new()
    {
        ["chats"] = summary.Conversations,
        ["answers"] = summary.Answers,
        ["traits"] = new JsonObject(summary.Traits.Select(trait => KeyValuePair.Create<string, JsonNode?>(trait.Trait, new JsonObject
        {
            ["before"] = trait.Before, ["mean"] = trait.Answers, ["largest"] = trait.Largest, ["largestIn"] = trait.LargestIn,
        }))),
        ["events"] = new JsonObject(summary.Events.Select(pair => KeyValuePair.Create<string, JsonNode?>(MonitorForms.Name(pair.Key), pair.Value))),
    };

    /// <summary>What was read in all, for people.</summary>
    public static void Print(MonitorSummary summary)
    {
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{summary.Conversations} conversations, {summary.Answers} answers"));
        foreach (var trait in summary.Traits)
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{trait.Trait,-16} before answers {trait.Before,8:0.00}   over answers {trait.Answers,8:0.00}   largest token {trait.Largest,8:0.00} (chat {trait.LargestIn})"));
        foreach (var (action, count) in summary.Events)
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{MonitorForms.Name(action)}: thresholds passed {count} times"));
    }

    /// <summary>What is usual.</summary>
    public static JsonObject ToJson(MonitorCalibration calibration) => new()
    {
        ["chats"] = calibration.Conversations,
        ["traits"] = new JsonObject(calibration.Traits.Select(trait => KeyValuePair.Create<string, JsonNode?>(trait.Name, new JsonObject
        {
            ["before"] = ToJson(trait.Prompt), ["token"] = ToJson(trait.Token), ["mean"] = ToJson(trait.AnswerMean),
        }))),
    };

    /// <summary>What is usual, for people.</summary>
    public static void Print(MonitorCalibration calibration)
    {
        static string Usual(ReadingDistribution reading) => string.Create(CultureInfo.InvariantCulture, $"{reading.Mean:0.00} ± {reading.Deviation:0.00} (99 %: {reading.Percentiles[99]:0.00})");
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{calibration.Conversations} conversations"));
        foreach (var trait in calibration.Traits)
            Console.Out.WriteLine($"{trait.Name,-16} before answers {Usual(trait.Prompt)}   tokens {Usual(trait.Token)}   over answers {Usual(trait.AnswerMean)}");
    }

    private static JsonObject ToJson(ReadingDistribution reading) => new() { ["count"] = reading.Count, ["mean"] = reading.Mean, ["deviation"] = reading.Deviation, ["p50"] = reading.Percentiles[50], ["p99"] = reading.Percentiles[99] };

    private static JsonObject ToJson(int number, MonitoredTurn turn, TraitTrace trace, MonitorCalibration? calibration, Func<int, string> token, bool eachToken)
    {
        var json = new JsonObject { ["turn"] = number, ["first"] = turn.First, ["count"] = turn.Count, ["traits"] = ToJson(turn.Traits, calibration, token), ["events"] = ToJson(turn.Events, token) };
        if (!eachToken)
            return json;
        json["tokens"] = JsonOutput.Of(Enumerable.Range(turn.First, turn.Count).Select(token));
        foreach (var (index, read) in turn.Traits.Index())
            json["traits"]![read.Trait]!["each"] = JsonOutput.Of(Enumerable.Range(turn.First, turn.Count).Select(position => trace[position][index]));
        return json;
    }

    private static JsonObject ToJson(double value, ReadingDistribution? reference)
    {
        var json = new JsonObject { ["value"] = value };
        if (reference is not null)
            (json["z"], json["percentile"]) = (reference.Z(value), reference.Percentile(value));
        return json;
    }
}
