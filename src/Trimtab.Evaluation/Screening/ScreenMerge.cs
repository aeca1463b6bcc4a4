using System.Text;
using Trimtab.Tensors.Files;

namespace Trimtab.Evaluation.Screening;

/// <summary>Puts shards together again: the file that one run over all rows would have written, byte for byte.</summary>
public static class ScreenMerge
{
    /// <summary>Joins the files of all shards of one screening.</summary>
    /// <param name="paths">The files, in any order.</param>
    /// <param name="output">The file to write, whole or not at all.</param>
    /// <exception cref="FormatException">They are not the shards of one screening: settings differ, a shard is missing or given twice, or one is not complete.</exception>
    public static ScoreFile Join(IReadOnlyList<string> paths, string output)
    {
        ArgumentNullException.ThrowIfNull(paths);
        var shards = Ordered(paths);
        AtomicFile.Write(output, stream =>
        {
            stream.Write(Encoding.UTF8.GetBytes(ScreenJson.Line(shards[0].Settings with { Shard = null })));
            foreach (var row in Interleaved(shards))
                stream.Write(Encoding.UTF8.GetBytes(ScreenJson.Line(row)));
        });
        return ScoreFile.Open(output);
    }

    private static ScoreFile[] Ordered(IReadOnlyList<string> paths)
    {
        var files = paths.Select(path => (Path: path, File: ScoreFile.Open(path))).ToList();
        if (files.Count == 0)
            throw new FormatException("Merge: no file was given — the files of all shards are needed.");
        foreach (var (path, file) in files)
        {
            if (file.Settings.Shard is null)
                throw new FormatException($"{path}: it holds no shard but all rows. Give the files of shards.");
            if (file.Settings.DifferenceFrom(files[0].File.Settings) is { } difference)
                throw new FormatException($"{path}: it is not of the screening of {files[0].Path} — {difference}.");
        }
        var shards = files.Select(file => (file.Path, file.File, Shard: Shard.Parse(file.File.Settings.Shard!))).OrderBy(file => file.Shard.Index).ToList();
        int count = shards[0].Shard.Count;
        if (shards.FirstOrDefault(file => file.Shard.Count != count) is { Path: { } other } odd)
            throw new FormatException($"{other}: it is shard {odd.Shard}, another is {shards[0].Shard}. Give the shards of one division.");
        int[] given = [.. shards.Select(file => file.Shard.Index)];
        if (given.Zip(given.Skip(1)).FirstOrDefault(pair => pair.First == pair.Second) is { First: > 0 and var twice })
            throw new FormatException($"Merge: shard {twice}/{count} was given twice, as {string.Join(" and ", shards.Where(file => file.Shard.Index == twice).Select(file => file.Path))}. Leave one away.");
        if (Enumerable.Range(1, count).Except(given).ToList() is { Count: > 0 } missing)
            throw new FormatException($"Merge: of {count} shards {string.Join(", ", missing)} {(missing.Count == 1 ? "is" : "are")} missing. Give all.");
        return [.. shards.Select(file => file.File)];
    }

    // A row of each in turn. All are read to their ends, where each sees that it is complete; so the rows of the data are in order exactly if they are here.
    private static IEnumerable<ScreenedRow> Interleaved(ScoreFile[] shards)
    {
        var open = shards.Select(shard => shard.Rows().GetEnumerator()).ToList();
        try
        {
            int last = 0;
            for (bool any = true; any;)
            {
                any = false;
                foreach (var rows in open)
                    if (rows.MoveNext())
                    {
                        any = true;
                        last = rows.Current.Line > last ? rows.Current.Line
                            : throw new FormatException($"Merge: line {rows.Current.Line} of the data comes behind line {last} — the shards were not cut from the data by one rule. Screen the shards again.");
                        yield return rows.Current;
                    }
            }
        }
        finally
        {
            foreach (var rows in open)
                rows.Dispose();
        }
    }
}
