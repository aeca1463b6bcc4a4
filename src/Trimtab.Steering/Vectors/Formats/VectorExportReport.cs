using Trimtab.Models.Hooks;

namespace Trimtab.Steering;

/// <summary>What an export wrote and what it could not: formats differ in what they have room for, and nothing is left away silently.</summary>
/// <param name="Written">The hook points whose directions are in the file, bit for bit.</param>
/// <param name="Omitted">Those that are not.</param>
/// <param name="Notes">What else the reader of the file should know.</param>
public sealed record VectorExportReport(IReadOnlyList<HookPoint> Written, IReadOnlyList<VectorOmission> Omitted, IReadOnlyList<string> Notes)
{
    /// <summary>Divides the vector's hook points by whether <paramref name="reasonAgainst"/> has a reason to leave one away.</summary>
    /// <exception cref="VectorFormatException">Nothing would be left.</exception>
    internal static VectorExportReport Plan(SteeringVector vector, string format, Func<HookPoint, string?> reasonAgainst, params IReadOnlyList<string> notes)
    {
        var omitted = vector.HookPoints.Where(point => reasonAgainst(point) is not null).Select(point => new VectorOmission(point, reasonAgainst(point)!)).ToList();
        return omitted.Count < vector.HookPoints.Count
            ? new VectorExportReport([.. vector.HookPoints.Where(point => reasonAgainst(point) is null)], omitted, notes)
            : throw new VectorFormatException($"Export: {format} has room for none of {vector.Name}'s directions — {string.Join("; ", omitted)}.");
    }

    /// <summary>Why a point other than the output of a block is left away; null for such an output.</summary>
    internal static string? OnlyBlockOutputs(HookPoint point) => point.Site == Site.ResidPost ? null : "the format holds outputs of blocks only";
}

/// <summary>A direction that an export left away.</summary>
/// <param name="Point">Its hook point.</param>
/// <param name="Reason">Why the format cannot hold it.</param>
public sealed record VectorOmission(HookPoint Point, string Reason)
{
    /// <summary>Point and reason.</summary>
    public override string ToString() => $"{Point}: {Reason}";
}
