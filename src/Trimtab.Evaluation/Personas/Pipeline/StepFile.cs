using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Trimtab.Evaluation.Judges;
using Trimtab.Tensors.Files;

namespace Trimtab.Evaluation.Personas;

/// <summary>The first line of a step's file.</summary>
/// <param name="Step">The step.</param>
/// <param name="Inputs">A digest of everything that its rows depend on.</param>
internal sealed record StepHeader(string Step, string Inputs);

/// <summary>
/// The rows of a step as JSON lines, written while they are made. Opened again with the same inputs it has the rows that are there already, and what follows is appended, so that
/// a killed run ends with the bytes of one that was not; with other inputs it begins anew.
/// </summary>
internal sealed class StepFile<T>
{
    private readonly string _path;
    private readonly List<T> _rows;

    private StepFile(string path, List<T> rows, bool isReplaced) => (_path, _rows, IsReplaced) = (path, rows, isReplaced);

    /// <summary>The rows so far.</summary>
    public IReadOnlyList<T> Rows => _rows;

    /// <summary>Whether a file of other inputs was there.</summary>
    public bool IsReplaced { get; }

    /// <summary>Opens a file or begins it.</summary>
    /// <param name="path">The file, named after its step.</param>
    /// <param name="inputs">What its rows depend on.</param>
    /// <param name="notes">Told when a file of other inputs is replaced.</param>
    /// <exception cref="FormatException">The file is no step of a run, or a row of it is damaged.</exception>
    public static StepFile<T> Open(string path, string inputs, ICollection<string> notes)
    {
        string text = File.Exists(path) ? File.ReadAllText(path) : "";
        // A line without an end was being written when the run was killed.
        string whole = text[..(text.LastIndexOf('\n') + 1)];
        string[] lines = whole.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var header = new StepHeader(Path.GetFileNameWithoutExtension(path), inputs);
        if (lines.Length > 0 && StepJson.Read<StepHeader>(lines[0], path, 1) == header)
        {
            if (whole.Length < text.Length)
                AtomicFile.WriteText(path, whole);
            return new StepFile<T>(path, [.. lines.Skip(1).Select((line, index) => StepJson.Read<T>(line, path, index + 2))], isReplaced: false);
        }
        if (text.Length > 0)
            notes.Add($"{Path.GetFileName(path)} was made from other inputs and is made anew.");
        AtomicFile.WriteText(path, StepJson.Line(header));
        return new StepFile<T>(path, [], isReplaced: text.Length > 0);
    }

    /// <summary>Adds rows, in the file first.</summary>
    public void Append(params IReadOnlyList<T> rows)
    {
        File.AppendAllText(_path, string.Concat(rows.Select(StepJson.Line)));
        _rows.AddRange(rows);
    }
}

/// <summary>How rows are written, and what a digest of inputs is.</summary>
internal static class StepJson
{
    private static readonly JsonSerializerOptions Form = new(JsonSerializerDefaults.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        // An estimate that is none has no numbers.
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { NameJudgements } },
    };

    /// <summary>A row as a line with its end.</summary>
    public static string Line<T>(T row) => JsonSerializer.Serialize(row, Form) + "\n";

    /// <summary>A row of a line.</summary>
    /// <exception cref="FormatException">The line is no such row.</exception>
    public static T Read<T>(string line, string path, int number)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(line, Form) ?? throw new JsonException("null was given.");
        }
        catch (JsonException error)
        {
            throw new FormatException($"{path}, line {number}: it is no row of a run — {error.Message} Give another folder, or remove the file to make it anew.", error);
        }
    }

    /// <summary>Identifies inputs: 16 hexadecimal digits.</summary>
    public static string Digest(params IEnumerable<string> inputs) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(inputs.ToArray(), Form))))[..16];

    private static void NameJudgements(JsonTypeInfo type)
    {
        if (type.Type == typeof(Judgement))
            type.PolymorphismOptions = new JsonPolymorphismOptions
            {
                TypeDiscriminatorPropertyName = "kind",
                DerivedTypes = { new(typeof(Score), "score"), new(typeof(Refused), "refused"), new(typeof(Unreadable), "unreadable") },
            };
    }
}
