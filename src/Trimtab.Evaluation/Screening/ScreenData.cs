using System.Security.Cryptography;
using Trimtab.Models.Text;

namespace Trimtab.Evaluation.Screening;

/// <summary>
/// A file of prompts and answers, read row by row: chats as JSON lines {"messages": […]} in a file named .jsonl, or a table with a header in a file named .csv. Of a chat the last answer is screened. A table has
/// a column <c>answer</c>, and either <c>prompt</c>, the whole text that the model saw, or <c>question</c>, a user's words.
/// </summary>
public sealed class ScreenData
{
    private readonly string _path;
    private readonly bool _isTable;

    private ScreenData(string path, bool isTable)
    {
        (_path, _isTable) = (path, isTable);
        using (var file = File.OpenRead(path))
            Hash = Convert.ToHexStringLower(SHA256.HashData(file));
        (RowCount, Unread) = isTable ? (CsvRows.Read(path).Count(), CsvRows.UnreadColumns(path)) : Survey(Chats());
    }

    /// <summary>Identifies the file by its content.</summary>
    public string Hash { get; }

    /// <summary>How many rows it has, those that cannot be used among them.</summary>
    public int RowCount { get; }

    /// <summary>Columns of a table, or members beside a chat's messages, that screening has no use for.</summary>
    public IReadOnlyList<string> Unread { get; }

    /// <summary>Opens a file: reads it once, to count its rows and to know it again.</summary>
    /// <exception cref="FormatException">The name ends otherwise, the file is not UTF-8, or the table lacks a column or a quote.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static ScreenData Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        bool isTable = path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase);
        return isTable || path.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase) ? new ScreenData(path, isTable)
            : throw new FormatException($"{path}: the name does not say what is in it — .jsonl for chats or .csv for a table was expected. Name the file so.");
    }

    /// <summary>The rows in the order of the file, one at a time.</summary>
    /// <exception cref="FormatException">The file cannot be read to its end.</exception>
    public IEnumerable<ScreenRow> Rows() => _isTable ? CsvRows.Read(_path) : Chats().Select(Row);

    /// <summary>Some of the usable rows, drawn evenly from the whole file in one pass (reservoir sampling, Vitter 1985), in the order of the file.</summary>
    /// <param name="count">How many; all, where there are no more.</param>
    /// <param name="seed">Decides which.</param>
    public IReadOnlyList<ScreenRow> Draw(int count, int seed)
    {
        var random = new Random(seed);
        var drawn = new List<ScreenRow>(count);
        foreach (var (seen, row) in Rows().Where(row => row.Sample is not null).Index())
        {
            if (drawn.Count < count)
                drawn.Add(row);
            else if (random.Next(seen + 1) is var place && place < count)
                drawn[place] = row;
        }
        return [.. drawn.OrderBy(row => row.Line)];
    }

    // Published sets give chats a name or a source of their own; a table may have such columns as well.
    private IEnumerable<ChatLine> Chats() => ChatLine.ReadFile(_path, allowOthers: true);

    private static (int Count, IReadOnlyList<string> Others) Survey(IEnumerable<ChatLine> lines)
    {
        int count = 0;
        var others = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var line in lines)
        {
            count++;
            others.UnionWith(line.Others);
        }
        return (count, [.. others]);
    }

    private static ScreenRow Row(ChatLine line) => new(line.Number, line.Chat is { } chat ? ScreenSample.OfChat(chat) : null, line.Problem);
}
