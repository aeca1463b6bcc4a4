using System.Text;
using CsvHelper;
using Trimtab.Models.Text;

namespace Trimtab.Evaluation.Screening;

/// <summary>Reads prompts and answers from a table with a header, separated by commas.</summary>
internal static class CsvRows
{
    /// <summary>The column of whole texts that a model saw, and that of users' words.</summary>
    public const string Prompt = "prompt", Question = "question";

    private const string Answer = "answer";

    private static readonly CsvReaderOptions Strict = new() { Separator = ',', MalformedData = CsvMalformedDataHandling.Throw, TrackLineNumbers = true };

    /// <summary>The rows; a cell may hold line ends, and a row counts by the line on which it begins.</summary>
    /// <exception cref="FormatException">A column is missing, a quote stands where none can be, or the file is not UTF-8.</exception>
    public static IEnumerable<ScreenRow> Read(string path)
    {
        using var csv = Open(path);
        var (promptColumn, isText, answerColumn) = Columns(csv, path);
        while (Checked(path, csv.Read))
            yield return Row((int)csv.LineNumber, Cell(csv, promptColumn), isText, Cell(csv, answerColumn));
    }

    /// <summary>The columns that nothing is read from.</summary>
    public static IReadOnlyList<string> UnreadColumns(string path)
    {
        using var csv = Open(path);
        var (prompt, _, answer) = Columns(csv, path);
        return [.. csv.Headers.Where((_, index) => index != prompt && index != answer)];
    }

    private static CsvReader Open(string path) =>
        CsvReader.Create(new StreamReader(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true)), Strict);

    private static (int Prompt, bool IsText, int Answer) Columns(CsvReader csv, string path)
    {
        string[] header = Checked(path, () => csv.Headers.ToArray());
        int prompt = Array.IndexOf(header, Prompt), question = Array.IndexOf(header, Question), answer = Array.IndexOf(header, Answer);
        return answer >= 0 && (prompt >= 0 || question >= 0) ? (prompt >= 0 ? prompt : question, prompt >= 0, answer)
            : throw new FormatException($"{path}: its columns are {(header.Length == 0 ? "none" : string.Join(", ", header))} — '{Answer}' is needed, and '{Prompt}' (the whole text that the model saw) or '{Question}' (a user's words). Name them so in the first line.");
    }

    // The reader takes in more than the row it gives, so that the line of a wrong byte is not known.
    private static T Checked<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (CsvFormatException e)
        {
            throw new FormatException($"{path}, line {e.LineNumber}: the rows from here on cannot be told apart — {e.Message} Quote cells that hold quotes, commas or line ends, and double the quotes inside of them.", e);
        }
        catch (DecoderFallbackException e)
        {
            throw new FormatException($"{path}: it holds bytes that are not UTF-8 — {e.Message} Write the file anew in UTF-8.", e);
        }
    }

    // A row may be shorter than the header.
    private static string? Cell(CsvReader csv, int column) => csv.FieldCount > column ? csv.GetString(column) : null;

    private static ScreenRow Row(int line, string? prompt, bool isText, string? answer)
    {
        ScreenRow Unusable(DataProblemKind kind, string reason) => new(line, null, new DataProblem(line, kind, reason));
        return answer is null ? Unusable(DataProblemKind.NoAnswer, $"it ends before the column '{Answer}'")
            : string.IsNullOrWhiteSpace(answer) ? Unusable(DataProblemKind.EmptyAnswer, $"the column '{Answer}' holds nothing")
            : prompt is null ? Unusable(DataProblemKind.NotRenderable, $"it ends before the column '{(isText ? Prompt : Question)}'")
            : string.IsNullOrWhiteSpace(prompt) ? Unusable(DataProblemKind.NotRenderable, "its prompt is empty")
            : new ScreenRow(line, new ScreenSample(isText ? new TextPrompt(prompt) : new ChatPrompt(Chat.User(prompt)), answer));
    }
}
