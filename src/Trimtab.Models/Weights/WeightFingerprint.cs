using System.Security.Cryptography;
using System.Text;
using Trimtab.Tensors.Files;

namespace Trimtab.Models.Weights;

/// <summary>
/// Identifies a checkpoint by content without reading all of it: SHA-256 over every tensor's name, type, shape, and up to 4096 bytes each of its first, middle
/// and last row. Fine-tuning changes every tensor it touches, so it changes the fingerprint; a deliberate change of single bytes elsewhere would not be seen.
/// </summary>
public static class WeightFingerprint
{
    private const int SampleBytes = 4096;

    /// <summary>The fingerprint: 16 hexadecimal digits.</summary>
    public static string Of(ITensorSource weights)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string name in weights.Names.Order(StringComparer.Ordinal))
        {
            var tensor = weights[name];
            hash.AppendData(Encoding.UTF8.GetBytes($"{name} {tensor.DType} {tensor.Shape}\n"));
            int rows = tensor.RowCount;
            if (rows == 0)
                continue;
            foreach (int row in (ReadOnlySpan<int>)[0, rows / 2, rows - 1])
            {
                var bytes = tensor.RowBytes(row);
                hash.AppendData(bytes[..Math.Min(bytes.Length, SampleBytes)]);
            }
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}
