using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trimtab.Models.Text;
using Trimtab.Tensors.Files;

namespace Trimtab.Training.Tokenizers;

/// <summary>A trained byte-level tokenizer: what <see cref="BytePairTrainer"/> learned.</summary>
/// <param name="Tokens">The ordinary tokens by id, written in the byte-level alphabet ("Ġthe" for " the"): the 256 bytes, then what merges made.</param>
/// <param name="Merges">Which tokens merge, first learned first.</param>
/// <param name="SpecialTokens">The special tokens; their ids follow those of <paramref name="Tokens"/>.</param>
public sealed record BytePairVocabulary(IReadOnlyList<string> Tokens, IReadOnlyList<(string Left, string Right)> Merges, IReadOnlyList<string> SpecialTokens)
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>V, the number of all tokens.</summary>
    public int Size => Tokens.Count + SpecialTokens.Count;

    /// <summary>Writes tokenizer.json and tokenizer_config.json into a model's folder, as Hugging Face's readers and ours expect them.</summary>
    /// <param name="folder">The folder; it is made where it is missing.</param>
    /// <param name="settings">What the special tokens are for, and the chat template.</param>
    /// <exception cref="ArgumentException">The settings name a token that is not one of the special tokens.</exception>
    public void Write(string folder, TokenizerSettings? settings = null)
    {
        var (tokenizer, config) = Files(settings);
        Directory.CreateDirectory(folder);
        AtomicFile.Write(Path.Combine(folder, "tokenizer.json"), stream => stream.Write(tokenizer));
        AtomicFile.Write(Path.Combine(folder, "tokenizer_config.json"), stream => stream.Write(config));
    }

    /// <summary>The tokenizer, as it is read from the files.</summary>
    /// <param name="settings">What the special tokens are for.</param>
    /// <exception cref="ArgumentException">The settings name a token that is not one of the special tokens.</exception>
    public Tokenizer ToTokenizer(TokenizerSettings? settings = null)
    {
        var (tokenizer, config) = Files(settings);
        return Tokenizer.FromTokenizerJson(tokenizer, configJson: config);
    }

    /// <summary>The id of a special token.</summary>
    /// <exception cref="ArgumentException">There is no such token.</exception>
    public int IdOf(string specialToken)
    {
        int index = Array.IndexOf<string>([.. SpecialTokens], specialToken);
        return index >= 0 ? Tokens.Count + index
            : throw new ArgumentException($"Tokenizer: \"{specialToken}\" is no special token — known are {(SpecialTokens.Count > 0 ? string.Join(", ", SpecialTokens) : "none")}. "
                + "Name it when the tokenizer is trained.", nameof(specialToken));
    }

    private (byte[] Tokenizer, byte[] Config) Files(TokenizerSettings? settings)
    {
        var files = new TokenizerFiles(this, settings ?? new TokenizerSettings());
        return (Bytes(files.Tokenizer()), Bytes(files.Config()));
    }

    private static byte[] Bytes(JsonObject json) => JsonSerializer.SerializeToUtf8Bytes(json, Readable);
}
