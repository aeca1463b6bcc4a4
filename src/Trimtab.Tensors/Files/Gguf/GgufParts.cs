using System.Globalization;

namespace Trimtab.Tensors.Files;

/// <summary>
/// GGUF files that were split: part n of N is named <c>prefix-0000n-of-0000N.gguf</c>, counts itself from 0 in <c>split.no</c>, and every part
/// knows N as <c>split.count</c>. Only the first part holds the model's metadata.
/// </summary>
internal static class GgufParts
{
    private const string CountKey = "split.count", NumberKey = "split.no", TensorsKey = "split.tensors.count";

    /// <summary>The paths of the other parts of a file that is the first of several; none for a whole file.</summary>
    public static IEnumerable<string> Others(string path, IReadOnlyDictionary<string, object> metadata)
    {
        int count = (int)(Whole(path, metadata, CountKey) ?? 1);
        if (count <= 1)
            return [];
        long number = Whole(path, metadata, NumberKey) ?? throw new TensorFileException(path, NumberKey, "missing", $"{CountKey} says that there are {count} parts");
        if (number != 0)
            throw new TensorFileException(path, NumberKey, number, "this is not the first part of a split file; open the one whose name contains -00001-of-");
        string ending = Name("", 1, count);
        if (!path.EndsWith(ending, StringComparison.Ordinal))
            throw new TensorFileException(path, "the file's name", Path.GetFileName(path),
                $"the first of {count} parts must be named …{ending}, or the others cannot be found");
        string prefix = path[..^ending.Length];
        return Enumerable.Range(2, count - 1).Select(n => Existing(path, Name(prefix, n, count)));
    }

    public static void CheckNumber(string path, IReadOnlyDictionary<string, object> metadata, int expected)
    {
        if (Whole(path, metadata, NumberKey) is var number && number != expected)
            throw new TensorFileException(path, NumberKey, number?.ToString(CultureInfo.InvariantCulture) ?? "missing", $"expected {expected} by its name");
    }

    public static void CheckTotal(string path, IReadOnlyDictionary<string, object> metadata, int tensors)
    {
        if (Whole(path, metadata, CountKey) is > 1 && Whole(path, metadata, TensorsKey) is { } total && total != tensors)
            throw new TensorFileException(path, TensorsKey, total, $"the parts hold {tensors} tensors");
    }

    private static long? Whole(string path, IReadOnlyDictionary<string, object> metadata, string key)
    {
        if (!metadata.TryGetValue(key, out object? value))
            return null;
        long number = value switch { byte v => v, ushort v => v, short v => v, uint v => v, int v => v, _ => -1 };
        return number is >= 0 and < 100_000 || key == TensorsKey && number >= 0 ? number : throw new TensorFileException(path, key, value,
            "expected a whole number below 100000");
    }

    private static string Name(string prefix, int number, int count) =>
        string.Create(CultureInfo.InvariantCulture, $"{prefix}-{number:D5}-of-{count:D5}.gguf");

    private static string Existing(string first, string part) => File.Exists(part)
        ? part
        : throw new TensorFileException(first, CountKey, "incomplete", $"the part {Path.GetFileName(part)} is missing beside it");
}
