using System.Text.Json;
using System.Text.Json.Nodes;

namespace Trimtab.Cli;

/// <summary>A file of prompts: in one named .jsonl objects with a member prompt or question, in any other one prompt a line.</summary>
internal static class PromptFile
{
    private static readonly string[] Members = ["prompt", "question"];

    /// <summary>The prompts, in the order of the file.</summary>
    /// <exception cref="FormatException">A line is not understood, or there is no prompt.</exception>
    public static IReadOnlyList<string> Load(string path)
    {
        bool isJson = path.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase);
        string[] prompts = [.. File.ReadLines(path).Index().Where(line => !string.IsNullOrWhiteSpace(line.Item)).Select(line => isJson ? Prompt(line.Item, $"{path}, line {line.Index + 1}") : line.Item.Trim())];
        return prompts.Length > 0 ? prompts : throw new FormatException($"{path}: there are no prompts in it.");
    }

    private static string Prompt(string line, string where)
    {
        try
        {
            return JsonNode.Parse(line) is JsonObject json && Members.Select(member => json[member]).FirstOrDefault(value => value is not null) is JsonValue value && value.TryGetValue(out string? text)
                ? text
                : throw new FormatException($"{where}: an object with a member prompt or question is needed.");
        }
        catch (JsonException cause)
        {
            throw new FormatException($"{where}: it is not valid JSON — {cause.Message}", cause);
        }
    }
}
