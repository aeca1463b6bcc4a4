using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Models.Text;

namespace Trimtab.Steering;

/// <summary>One question with an answer that shows the behaviour and one that does not.</summary>
/// <param name="Question">The prompt; empty where the two texts are prompts themselves.</param>
/// <param name="Positive">The answer that shows the behaviour.</param>
/// <param name="Negative">The answer that does not.</param>
public sealed record ContrastPair(string Question, string Positive, string Negative)
{
    /// <summary>The prompt of the answer that does not, where it is another one.</summary>
    public string? NegativeQuestion { get; init; }
}

/// <summary>
/// Pairs of contrasting answers, read from JSON lines or a JSON list. Besides its own members `question`, `positive`, `negative` it reads the published
/// spellings `matching`/`not_matching` (STA, EasyEdit2) and `answer_matching_behavior`/`answer_not_matching_behavior` (CAA).
/// </summary>
/// <param name="Pairs">The pairs; at least one.</param>
public sealed record ContrastSet(ImmutableArray<ContrastPair> Pairs)
{
    private static readonly (string Question, string Positive, string Negative)[] Spellings =
    [
        ("question", "positive", "negative"), ("question", "matching", "not_matching"), ("question", "answer_matching_behavior", "answer_not_matching_behavior"),
    ];

    /// <summary>The pairs of the file that are left out, by line or place in its list, because an answer is empty.</summary>
    public ImmutableArray<DataProblem> Problems { get; init; } = [];

    /// <summary>Identifies the pairs by their content: 16 hexadecimal digits.</summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Join('\n', Pairs.Select(p => JsonSerializer.Serialize<string[]>([p.Question, p.Positive, p.Negative, .. p.NegativeQuestion is { } other ? [other] : Array.Empty<string>()]))))))[..16];

    /// <summary>
    /// Turns a prompt into something that can be steered with (prompt vectors: STA, Wang et al. 2025, section 5; EasyEdit2's vector_prompt): every question with the prompt before it against the question alone, both with
    /// the pair's positive answer, so that what differs is what the prompt does to the model.
    /// </summary>
    /// <param name="prompt">What stands before the question in the user's turn; all of it where the question is empty.</param>
    public ContrastSet OfPrompt(string prompt) => this with
    {
        Pairs = [.. Pairs.Select(pair => new ContrastPair(pair.Question.Length == 0 ? prompt : $"{prompt} {pair.Question}", pair.Positive, pair.Positive) { NegativeQuestion = pair.Question })],
    };

    /// <summary>Both examples of every pair as tokens; positive and negative ones alternate, so that a pair shares a pass.</summary>
    /// <param name="model">The model whose tokenizer and template are used.</param>
    /// <param name="form">How question and answer become tokens.</param>
    public EncodedExample[] Encode(LoadedModel model, PromptForm form) => [.. Pairs.SelectMany(pair => (EncodedExample[])
        [ExampleEncoder.Encode(model, pair.Question, pair.Positive, form), ExampleEncoder.Encode(model, pair.NegativeQuestion ?? pair.Question, pair.Negative, form)])];

    /// <summary>
    /// The pairs of whose two examples a rule finds a token to read, and these examples as <see cref="Encode"/> gives them. The others have no row: an answer of white space can
    /// be no token at all.
    /// </summary>
    /// <exception cref="SteeringException">There is no such pair.</exception>
    internal (ContrastSet Data, EncodedExample[] Examples) Readable(LoadedModel model, PromptForm form, TokenRule rule)
    {
        var examples = Encode(model, form);
        int[] kept = [.. Enumerable.Range(0, Pairs.Length).Where(pair => rule.HasTokens(examples[2 * pair]) && rule.HasTokens(examples[2 * pair + 1]))];
        if (kept.Length == 0)
            throw new SteeringException($"Fit: of none of the {Pairs.Length} pairs both texts have a token that the rule {rule.Name()} reads. Give pairs that have.");
        return kept.Length == Pairs.Length ? (this, examples)
            : (this with { Pairs = [.. kept.Select(pair => Pairs[pair])] }, [.. kept.SelectMany(pair => examples[(2 * pair)..(2 * pair + 2)])]);
    }

    /// <summary>Reads a file of pairs. Those with an empty answer are left out (<see cref="Problems"/>).</summary>
    /// <exception cref="FormatException">A line is not understood, or no pair is left; the message names it.</exception>
    public static ContrastSet Load(string path)
    {
        var (pairs, problems) = (new List<ContrastPair>(), new List<DataProblem>());
        foreach (var (number, where, node) in path.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase) ? Lines(path) : Items(path))
        {
            var pair = Read(node, where);
            if (pair.Positive.Length > 0 && pair.Negative.Length > 0)
                pairs.Add(pair);
            else
                problems.Add(new DataProblem(number, DataProblemKind.EmptyAnswer, $"its {(pair.Positive.Length == 0 ? "positive" : "negative")} answer is empty"));
        }
        return pairs.Count > 0 ? new ContrastSet([.. pairs]) { Problems = [.. problems] }
            : throw new FormatException($"{path}: there are no pairs in it{(problems.Count > 0 ? $" that can be used ({problems.Counts()})" : "")}.");
    }

    private static IEnumerable<(int Number, string Where, JsonNode? Node)> Lines(string path)
    {
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            if (!string.IsNullOrWhiteSpace(line))
                yield return (number, $"{path}, line {number}", Parse(line, $"{path}, line {number}"));
        }
    }

    private static IEnumerable<(int Number, string Where, JsonNode? Node)> Items(string path) => Parse(File.ReadAllText(path), path) is JsonArray list
        ? list.Select((item, index) => (index + 1, $"{path}, item {index + 1}", item))
        : throw new FormatException($"{path}: a list of pairs is needed, or JSON lines in a file named .jsonl.");

    private static JsonNode? Parse(string text, string where)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException e)
        {
            throw new FormatException($"{where}: it is not valid JSON — {e.Message}", e);
        }
    }

    private static ContrastPair Read(JsonNode? node, string where)
    {
        if (node is not JsonObject json)
            throw new FormatException($"{where}: an object with question, positive and negative is needed.");
        foreach (var (question, positive, negative) in Spellings)
            if (json.ContainsKey(positive))
                return new ContrastPair(Text(json, question, where), Text(json, positive, where), Text(json, negative, where));
        throw new FormatException($"{where}: there is none of {string.Join(", ", Spellings.Select(s => s.Positive))}. A pair needs question, positive and negative.");
    }

    private static string Text(JsonObject json, string member, string where) =>
        json[member] is JsonValue value && value.TryGetValue(out string? text) ? text : throw new FormatException($"{where}: {member} must be a text.");
}
