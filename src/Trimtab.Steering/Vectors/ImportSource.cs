using System.Text.Json;

namespace Trimtab.Steering;

/// <summary>Where an imported vector came from.</summary>
/// <param name="Format">The format, by its name in the list of formats.</param>
/// <param name="File">The name of the file or folder, without its path.</param>
/// <param name="Convention">The numbering that its layers were converted from.</param>
public sealed record ImportSource(string Format, string File, LayerConvention Convention)
{
    /// <summary>What the producer is, such as "repeng", where the file shows it; null where it does not.</summary>
    public string? Producer { get; init; }

    /// <summary>What else the file says, kept as it was: a JSON object; null where it says nothing else.</summary>
    public JsonElement? Metadata { get; init; }
}
