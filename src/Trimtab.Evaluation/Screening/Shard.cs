using System.Globalization;

namespace Trimtab.Evaluation.Screening;

/// <summary>One of several parts of a data set that machines screen apart: every Count-th row, beginning with the Index-th.</summary>
/// <param name="Index">Which part, 1 … Count.</param>
/// <param name="Count">How many parts there are.</param>
public sealed record Shard(int Index, int Count)
{
    /// <summary>Reads the text form, "2/4".</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static Shard Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int[] numbers = [.. text.Split('/').Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0)];
        return numbers is [>= 1 and var index, var count] && index <= count ? new Shard(index, count)
            : throw new FormatException($"Shard: '{text}' is not understood. Write which of how many, such as 2/4.");
    }

    /// <summary>How many of some rows are its own.</summary>
    public int RowsOf(int rows) => (rows - Index + Count) / Count;

    /// <summary>Its rows.</summary>
    public IEnumerable<T> Of<T>(IEnumerable<T> rows) => rows.Index().Where(row => row.Index % Count == Index - 1).Select(row => row.Item);

    /// <summary>The text form.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Index}/{Count}");
}
