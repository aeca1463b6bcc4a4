using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Steering.Sae;
using Trimtab.Training.Data;

namespace Trimtab.Cli;

/// <summary>A file of texts that autoencoders are trained or measured on: plain texts, or chats, of which the assistant's words are to be predicted.</summary>
internal static class TextFile
{
    /// <summary>Reads a file: chats where its first line holds messages, otherwise texts.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">The model whose tokenizer and template are used.</param>
    /// <param name="origin">What an autoencoder's file says about its texts.</param>
    /// <param name="context">The most tokens of a text, or null for the file's own number; longer chats are refused, longer texts cut.</param>
    public static IReadOnlyList<LossText> Load(string path, LoadedModel model, SaeOrigin origin, int? context) => HoldsChats(path)
        ? ChatDataset.Load(path, ChatEncoder.Of(model), context is { } most ? new ChatDatasetOptions { MaxTokens = most } : null).Texts
        : SaeTexts.Load(path, model, origin, context);

    /// <summary>Identifies a file by its content.</summary>
    public static string Hash(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    private static bool HoldsChats(string path)
    {
        if (!path.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase) || File.ReadLines(path).FirstOrDefault(line => !string.IsNullOrWhiteSpace(line)) is not { } line)
            return false;
        try
        {
            return JsonNode.Parse(line) is JsonObject json && json.ContainsKey("messages");
        }
        catch (JsonException)
        {
            // Whoever reads the file says what is wrong with it, by line.
            return false;
        }
    }
}
