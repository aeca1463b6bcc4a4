using Trimtab.Tensors.Files;

namespace Trimtab.Evaluation.Screening;

/// <summary>
/// Screens a file of any length in bounded memory, and writes a line of scores for each of its rows. A run that ended early goes on where it ended: every row is scored once, and the file is the same, byte for byte, as that of
/// a run that was never interrupted.
/// </summary>
/// <param name="screener">Scores rows.</param>
/// <param name="data">The rows.</param>
/// <param name="output">The file of scores; JSON lines.</param>
/// <param name="shard">Which of the rows; null for all.</param>
public sealed class ScreenRun(Screener screener, ScreenData data, string output, Shard? shard = null)
{
    private readonly ScreenSettings _settings = ScreenSettings.Of(screener, data, shard);

    /// <summary>How many rows there are to score, those of earlier runs among them.</summary>
    public int RowCount => shard?.RowsOf(data.RowCount) ?? data.RowCount;

    /// <summary>Scores what is not in the file yet.</summary>
    /// <param name="progress">Told how many rows the file has, after every window.</param>
    /// <param name="cancellation">Ends it between layers; what the file has stays.</param>
    /// <exception cref="FormatException">The file holds scores of other settings; the message says what differs.</exception>
    /// <exception cref="ArgumentException">Too few rows can be used to calibrate on.</exception>
    public ScoreFile Run(IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        var scoring = File.Exists(output) ? Continued() : Begun(cancellation);
        using (var writer = new ScoreWriter(output))
        {
            progress?.Report(writer.WrittenRows);
            var rows = shard is null ? data.Rows() : shard.Of(data.Rows());
            foreach (var window in scoring.Score(rows.Skip(writer.WrittenRows), cancellation))
            {
                writer.Append(window);
                progress?.Report(writer.WrittenRows);
            }
        }
        return ScoreFile.Open(output);
    }

    // The line of the proxy is found once, from the whole file: every shard finds the same. A screener that has one already keeps it.
    private Screener Begun(CancellationToken cancellation)
    {
        int count = screener.Options.CalibrateOn;
        var scoring = count > 0 && screener.Lines.All(line => line.Rows == 0) ? screener.Calibrated(data.Draw(count, screener.Options.Seed), cancellation) : screener;
        AtomicFile.WriteText(output, ScreenJson.Line(_settings with { Proxy = _settings.Proxy is null ? null : [.. scoring.Lines] }));
        return scoring;
    }

    private Screener Continued()
    {
        var begun = ScoreFile.Open(output).Settings;
        string? difference = begun.DifferenceFrom(_settings) ?? (begun.Shard != _settings.Shard ? $"the shard is {begun.Shard ?? "none"}, not {_settings.Shard ?? "none"}" : null);
        if (difference is not null)
            throw new FormatException($"{output}: it holds scores of another screening — {difference}. Name another output, or delete this one.");
        return begun.Proxy is { } lines ? screener.With([.. lines]) : screener;
    }
}
