using System.Globalization;
using CsvHelper;
using Trimtab.Tensors.Files;

namespace Trimtab.Evaluation.Screening;

/// <summary>
/// A screening as a table. Projections stand under the names that published tools give them, <c>{model}_{vector}_{type}_layer{k}</c>, of type proj, prompt_last_proj or cos_sim; there k counts from 1 for the outputs of
/// blocks. Beside them stand base_proj, proj_diff and, where there is a reference, flag.
/// </summary>
public static class ScreenTable
{
    private static readonly (string Type, Func<TraitScore, float> Value)[] Projections =
    [
        ("proj", score => score.Response), ("prompt_last_proj", score => score.PromptLast), ("cos_sim", score => score.Cosine), ("base_proj", score => score.Base), ("proj_diff", score => score.Difference),
    ];

    /// <summary>Writes the table, a row for each row of the data in its order; cells of rows without scores are empty.</summary>
    /// <param name="path">The file, written whole or not at all.</param>
    /// <param name="data">The data.</param>
    /// <param name="scores">Its scores.</param>
    /// <param name="summary">What was found.</param>
    /// <exception cref="ArgumentException">Two traits have the same vector's name and layer, so that their columns could not be told apart.</exception>
    public static void Write(string path, ScreenData data, ScoreFile scores, ScreenSummary summary)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(summary);
        string[] columns = [.. Columns(summary)];
        if (columns.Distinct(StringComparer.Ordinal).Count() < columns.Length)
            throw new ArgumentException($"Table: two traits have vectors of one name at one layer ({string.Join(", ", summary.Settings.Traits)}), so their columns would have one name. Name the files of vectors differently.", nameof(summary));
        AtomicFile.Write(path, stream =>
        {
            using var csv = CsvWriter.Create(stream, new CsvWriterOptions { NewLine = "\n" }, leaveOpen: true);
            csv.WriteRecord(["line", PromptColumn(data), "answer", "own_answer", "problem", .. columns]);
            foreach (var (row, scored) in data.Rows().Zip(scores.Rows()))
                csv.WriteRecord([Text(row.Line), row.Sample?.Prompt.Words ?? "", row.Sample?.Answer ?? "", scored.OwnAnswer ?? "", scored.Reason ?? "", .. Cells(scored, summary)]);
        });
    }

    // As a table that is read calls them.
    private static string PromptColumn(ScreenData data) => data.Rows().FirstOrDefault(row => row.Sample is not null)?.Sample!.Prompt is TextPrompt ? CsvRows.Prompt : CsvRows.Question;

    private static IEnumerable<string> Columns(ScreenSummary summary)
    {
        foreach (var (trait, found) in summary.Settings.Traits.Zip(summary.Traits))
        {
            string Name(string type) => string.Create(CultureInfo.InvariantCulture, $"{summary.Settings.Model}_{Path.GetFileNameWithoutExtension(trait.Vector)}_{type}_layer{trait.Layer + 1}");
            foreach (var (type, _) in Projections)
                yield return Name(type);
            if (found.Flags is not null)
                yield return Name("flag");
        }
    }

    private static IEnumerable<string> Cells(ScreenedRow row, ScreenSummary summary)
    {
        foreach (var trait in summary.Traits)
        {
            var score = row.Scores?[trait.Trait];
            foreach (var (_, value) in Projections)
                yield return score is null ? "" : value(score).ToString("R", CultureInfo.InvariantCulture);
            if (trait.Flags is { } rule)
                yield return score is null ? "" : score.Difference > rule.Threshold ? "1" : "0";
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
