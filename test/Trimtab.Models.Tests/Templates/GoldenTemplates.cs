using System.Text.Json;
using Trimtab.Models.Text;
using Trimtab.Testing;

namespace Trimtab.Models.Tests.Templates;

/// <summary>The templates of published models with the reference implementation's renderings, where the shared folder has them.</summary>
internal static class GoldenTemplates
{
    public static string? Folder { get; } = Repository.Shared is { } shared && Directory.Exists(Path.Combine(shared, "golden", "chat_templates"))
        ? Path.Combine(shared, "golden", "chat_templates")
        : null;

    /// <summary>Names of the files, without the one that holds snippets.</summary>
    public static IReadOnlyList<string> Names { get; } = Folder is null
        ? []
        : [.. Directory.EnumerateFiles(Folder, "*.json").Select(file => Path.GetFileName(file)).Where(file => file[0] != '_').Order(StringComparer.Ordinal)];

    public static JsonElement Load(string name)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder!, name)));
        return document.RootElement.Clone();
    }

    /// <summary>The moment at which the reference implementation's clock stood.</summary>
    public static TimeProvider Clock { get; } = new FrozenClock(new DateTimeOffset(2024, 7, 26, 12, 34, 56, TimeSpan.Zero));

    public static ChatTemplateOptions OptionsOf(JsonElement file, JsonElement @case) => new()
    {
        AddGenerationPrompt = @case.GetProperty("add_generation_prompt").GetBoolean(),
        ContinueFinalMessage = @case.GetProperty("continue_final_message").GetBoolean(),
        Tools = @case.TryGetProperty("tools", out var tools) && tools.ValueKind == JsonValueKind.Array ? tools : null,
        SpecialTokens = file.GetProperty("special_tokens").EnumerateObject().ToDictionary(token => token.Name, token => token.Value.GetString()!),
        Variables = @case.TryGetProperty("kwargs", out var named) && named.ValueKind == JsonValueKind.Object
            ? named.EnumerateObject().ToDictionary(field => field.Name, field => (object?)field.Value)
            : [],
        Clock = Clock,
    };

    /// <summary>Where two texts part, with some characters around, for a message.</summary>
    public static string Difference(string expected, string actual)
    {
        var at = expected.AsSpan().CommonPrefixLength(actual);
        return $"at character {at}: expected {Around(expected, at)}, got {Around(actual, at)}";
    }

    private static string Around(string text, int at)
    {
        var start = Math.Max(0, at - 20);
        return JsonSerializer.Serialize(text[start..Math.Min(text.Length, at + 40)]);
    }

    private sealed class FrozenClock(DateTimeOffset now) : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => now;
    }
}
