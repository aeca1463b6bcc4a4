using System.Text.Json;
using System.Text.Json.Nodes;
using Trimtab.Models;

namespace Trimtab.Steering.Sae;

/// <summary>Texts to judge an autoencoder by, cut to the length that it was trained on.</summary>
public static class SaeTexts
{
    private const int UsualContext = 256;

    /// <summary>
    /// Reads a file of texts, all of whose tokens are to be predicted: JSON lines {"text": …}, or in a file of another ending one plain text. Longer texts are cut into windows; whether each
    /// begins with the beginning-of-text token follows the autoencoder's file, and where that is silent the tokenizer.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="model">The model whose tokenizer is used.</param>
    /// <param name="origin">What the autoencoder's file says about its texts.</param>
    /// <param name="window">The most tokens of a window, the one at its beginning included; the file's own number where null, else 256, and never more than the model has positions.</param>
    /// <exception cref="FormatException">A line is not understood, or there is no text.</exception>
    public static IReadOnlyList<LossText> Load(string path, LoadedModel model, SaeOrigin origin, int? window = null)
    {
        int size = Math.Min(window ?? origin.ContextSize ?? UsualContext, model.Config.MaxPositions);
        LossText[] texts = [.. Read(path).SelectMany(text => ModelComparison.Windows(model, text, size, origin.PrependsBos)).Select(ids => LossText.Whole([.. ids]))];
        return texts.Length > 0 ? texts : throw new FormatException($"{path}: there is no text of two tokens in it.");
    }

    private static IEnumerable<string> Read(string path) => path.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase)
        ? File.ReadLines(path).Index().Where(line => !string.IsNullOrWhiteSpace(line.Item)).Select(line => Text(line.Item, $"{path}, line {line.Index + 1}"))
        : [File.ReadAllText(path)];

    private static string Text(string line, string where)
    {
        try
        {
            return JsonNode.Parse(line) is JsonObject json && json["text"] is JsonValue value && value.TryGetValue(out string? text)
                ? text
                : throw new FormatException($"{where}: an object with a member text is needed.");
        }
        catch (JsonException cause)
        {
            throw new FormatException($"{where}: it is not valid JSON — {cause.Message}", cause);
        }
    }
}
