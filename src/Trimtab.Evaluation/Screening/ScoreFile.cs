using System.Text;

namespace Trimtab.Evaluation.Screening;

/// <summary>A file of scores: JSON lines, the settings first and then one for each row of the data, in its order.</summary>
public sealed class ScoreFile
{
    private readonly string _path;

    private ScoreFile(string path, ScreenSettings settings) => (_path, Settings) = (path, settings);

    /// <summary>What decides its scores.</summary>
    public ScreenSettings Settings { get; }

    /// <summary>How many rows it holds when it is complete.</summary>
    public int ExpectedRows => Settings.Shard is { } shard ? Shard.Parse(shard).RowsOf(Settings.Rows) : Settings.Rows;

    /// <summary>Opens a file and reads its settings.</summary>
    /// <exception cref="FormatException">It is no file of scores.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static ScoreFile Open(string path) =>
        new(path, ScreenJson.Settings(File.ReadLines(path).FirstOrDefault() ?? throw new FormatException($"{path}: it is empty — a file of scores was expected."), $"{path}, line 1"));

    /// <summary>The rows, one at a time.</summary>
    /// <exception cref="FormatException">A line is not understood, or rows are missing or too many: the file is not complete.</exception>
    public IEnumerable<ScreenedRow> Rows()
    {
        int rows = 0, last = 0;
        foreach (string line in File.ReadLines(_path).Skip(1))
        {
            rows++;
            var row = ScreenJson.Row(line, $"{_path}, line {rows + 1}");
            if (row.Line <= last)
                throw new FormatException($"{_path}, line {rows + 1}: line {row.Line} of the data follows its line {last} — rows come in order, and none twice. Screen the data again.");
            last = row.Line;
            yield return row;
        }
        if (rows != ExpectedRows)
            throw new FormatException($"{_path}: it holds {rows} of {ExpectedRows} rows. {(rows < ExpectedRows ? "Run the same screening again; it goes on where it ended." : "Screen the data again.")}");
    }
}

/// <summary>
/// Writes a file of scores row by row, so that a run that is killed at any time can go on: what stands in the file up to its last line end is right, since a row's scores depend on the row alone; what a kill left behind it
/// is cut off.
/// </summary>
internal sealed class ScoreWriter : IDisposable
{
    private const byte LineEnd = (byte)'\n';
    private const int PieceSize = 1 << 16;

    private readonly FileStream _file;

    /// <summary>Opens a file that has its settings. Nobody else may write it meanwhile.</summary>
    public ScoreWriter(string path)
    {
        _file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        var (lines, end) = CompleteLines();
        if (lines == 0)
            throw new FormatException($"{path}: its first line does not end, so the file is damaged. Delete it and screen the data again.");
        WrittenRows = lines - 1;
        _file.SetLength(end);
        _file.Position = end;
    }

    /// <summary>How many rows the file has already.</summary>
    public int WrittenRows { get; private set; }

    /// <summary>Adds rows, and sees that they are on the disk.</summary>
    public void Append(IReadOnlyList<ScreenedRow> rows)
    {
        _file.Write(Encoding.UTF8.GetBytes(string.Concat(rows.Select(ScreenJson.Line))));
        _file.Flush(flushToDisk: true);
        WrittenRows += rows.Count;
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private (int Lines, long End) CompleteLines()
    {
        var piece = new byte[PieceSize];
        var (lines, end, start) = (0, 0L, 0L);
        for (int read; (read = _file.Read(piece)) > 0; start += read)
        {
            lines += piece.AsSpan(0, read).Count(LineEnd);
            if (piece.AsSpan(0, read).LastIndexOf(LineEnd) is >= 0 and var last)
                end = start + last + 1;
        }
        return (lines, end);
    }
}
