using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Trimtab.Models.Text;

namespace Trimtab.Evaluation.Screening;

/// <summary>The lines of a file of scores: camel case, no unknown or repeated members, what is null is absent.</summary>
[JsonSerializable(typeof(ScreenSettings), TypeInfoPropertyName = "SettingsForm")]
[JsonSerializable(typeof(ScreenedRow), TypeInfoPropertyName = "RowForm")]
internal sealed partial class ScreenJson : JsonSerializerContext
{
    private static readonly ScreenJson Form = new(new JsonSerializerOptions(JsonSerializerDefaults.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        // Answers in other scripts stay readable; the text is never put into a page unescaped.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter<ScreenMode>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false), new JsonStringEnumConverter<DataProblemKind>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) },
    });

    /// <summary>A line, with the line end.</summary>
    public static string Line(ScreenSettings settings) => JsonSerializer.Serialize(settings, Form.SettingsForm) + "\n";

    /// <inheritdoc cref="Line(ScreenSettings)"/>
    public static string Line(ScreenedRow row) => JsonSerializer.Serialize(row, Form.RowForm) + "\n";

    /// <summary>Reads a file's first line.</summary>
    public static ScreenSettings Settings(string line, string where) => Read(line, where, Form.SettingsForm) is { Trimtab: ScreenSettings.Kind, Version: ScreenSettings.CurrentVersion } settings ? settings
        : throw new FormatException($"{where}: it is a file of another kind or version — trimtab {ScreenSettings.Kind}, version {ScreenSettings.CurrentVersion} was expected.");

    /// <summary>Reads any other line.</summary>
    public static ScreenedRow Row(string line, string where) => Read(line, where, Form.RowForm);

    private static T Read<T>(string line, string where, JsonTypeInfo<T> form)
    {
        try
        {
            return JsonSerializer.Deserialize(line, form) ?? throw new FormatException($"{where}: null stands where an object was expected.");
        }
        catch (JsonException e)
        {
            throw new FormatException($"{where}: it is not a line of a file of scores — {e.Message} Screen the data again.", e);
        }
    }
}
