using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Trimtab.Organism.Grammar;

/// <summary>Reads the embedded phrase banks. Unknown and missing members are errors, so that no phrase is lost by a slip of the pen.</summary>
internal static class DataFile
{
    private static readonly JsonSerializerOptions Strict = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    private static readonly Lazy<string> LazyFingerprint = new(ComputeFingerprint);

    /// <summary>Identifies all files by name and content: 16 hexadecimal digits.</summary>
    public static string Fingerprint => LazyFingerprint.Value;

    /// <summary>Reads one of the files under Data.</summary>
    /// <exception cref="FormatException">The file is absent or is not what it should be.</exception>
    public static T Read<T>(string name)
    {
        using var stream = typeof(DataFile).Assembly.GetManifestResourceStream(name)
            ?? throw new FormatException($"Data: there is no embedded file '{name}'. Put it under Data and build again.");
        try
        {
            return JsonSerializer.Deserialize<T>(stream, Strict) ?? throw new FormatException($"Data: '{name}' is empty.");
        }
        catch (JsonException error)
        {
            throw new FormatException($"Data: '{name}' is not as expected — {error.Message}", error);
        }
    }

    private static string ComputeFingerprint()
    {
        var files = typeof(DataFile).Assembly;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string name in files.GetManifestResourceNames().Order(StringComparer.Ordinal))
        {
            using var stream = files.GetManifestResourceStream(name)!;
            hash.AppendData(Encoding.UTF8.GetBytes(name));
            hash.AppendData(SHA256.HashData(stream));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}
