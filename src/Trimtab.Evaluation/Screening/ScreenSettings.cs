using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Trimtab.Models.Adapters;

namespace Trimtab.Evaluation.Screening;

/// <summary>A trait as a file of scores names it.</summary>
/// <param name="Name">What the scores are kept by.</param>
/// <param name="Vector">What the vector is called.</param>
/// <param name="Layer">The block whose output was read, from 0.</param>
/// <param name="Direction">Identifies the direction.</param>
public sealed record ScreenedTrait(string Name, string Vector, int Layer, string Direction)
{
    /// <summary>All of it, on one line.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name}={Vector}@{Layer} ({Direction})");
}

/// <summary>How a model's own answers were generated.</summary>
/// <param name="MaxTokens">The most tokens of one.</param>
/// <param name="Sample">Whether they were drawn; what follows then decided the draws.</param>
/// <param name="Seed">Decides the draws, with each row's line.</param>
/// <param name="Temperature">Divides the logits.</param>
/// <param name="TopK">How many tokens were drawn among; 0 for all.</param>
/// <param name="TopP">The probability that they reach together.</param>
/// <param name="MinP">The probability of one beside the likeliest.</param>
/// <param name="RepetitionPenalty">The penalty, which counts for the likeliest tokens as well.</param>
public sealed record AnswerSettings(int MaxTokens, bool Sample, int Seed, float Temperature, int TopK, float TopP, float MinP, float RepetitionPenalty);

/// <summary>What decides the scores of a file, its first line: two files of equal settings hold equal rows.</summary>
public sealed record ScreenSettings
{
    /// <summary>What the file is.</summary>
    public const string Kind = "screen";

    /// <summary>The form of the file that is written here.</summary>
    public const int CurrentVersion = 1;

    /// <summary>What the file is: "screen".</summary>
    public required string Trimtab { get; init; }

    /// <summary>The form of the file.</summary>
    public required int Version { get; init; }

    /// <summary>What the model is called.</summary>
    public required string Model { get; init; }

    /// <summary>Identifies its weights.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>The element type that weights were converted to on load; null where they ran as stored.</summary>
    public string? Quantisation { get; init; }

    /// <summary>Identifies the adapter by its values; null for none.</summary>
    public string? Adapter { get; init; }

    /// <summary>Identifies the chat template, which makes prompts of chats; null where the model has none.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>What was screened for.</summary>
    public required IReadOnlyList<ScreenedTrait> Traits { get; init; }

    /// <summary>What answers were compared with.</summary>
    public required ScreenMode Mode { get; init; }

    /// <summary>The most tokens of a row.</summary>
    public required int MaxTokens { get; init; }

    /// <summary>How own answers were generated; null where none were.</summary>
    public AnswerSettings? Answers { get; init; }

    /// <summary>The tokens that end an own answer; null where none were generated.</summary>
    public IReadOnlyList<int>? EndTokens { get; init; }

    /// <summary>How many rows the proxy was to be calibrated on; 0 for none.</summary>
    public required int CalibrateOn { get; init; }

    /// <summary>Identifies the data by its content.</summary>
    public required string Data { get; init; }

    /// <summary>How many rows the data has.</summary>
    public required int Rows { get; init; }

    /// <summary>Which of its rows are here, such as "2/4"; null for all.</summary>
    public string? Shard { get; init; }

    /// <summary>The proxy's lines in the order of the traits; null in other modes. They follow from everything above.</summary>
    public IReadOnlyList<ProxyLine>? Proxy { get; init; }

    /// <summary>The settings of a screener over some data.</summary>
    public static ScreenSettings Of(Screener screener, ScreenData data, Shard? shard = null)
    {
        ArgumentNullException.ThrowIfNull(screener);
        ArgumentNullException.ThrowIfNull(data);
        var (model, options, answers) = (screener.Model, screener.Options, screener.AnswerSettings);
        bool isAnswering = options.Mode == ScreenMode.Full || options.CalibrateOn > 0;
        return new ScreenSettings
        {
            Trimtab = Kind, Version = CurrentVersion, Model = model.Name, Fingerprint = model.Fingerprint, Quantisation = model.Quantisation?.Type.ToString(), Adapter = model.Adapter is { } adapter ? HashOf(adapter) : null,
            ChatTemplate = model.ChatTemplate?.Hash,
            Traits = [.. screener.Traits.Select(trait => new ScreenedTrait(trait.Name, trait.Vector.Name, trait.At.Layer, trait.DirectionHash))],
            Mode = options.Mode, MaxTokens = options.MaxTokens, CalibrateOn = options.CalibrateOn, Data = data.Hash, Rows = data.RowCount, Shard = shard?.ToString(),
            EndTokens = isAnswering ? [.. answers.StopTokens] : null,
            Answers = isAnswering
                ? new AnswerSettings(answers.MaxTokens, answers.Sample, options.Seed, answers.Temperature, answers.TopK, answers.TopP, answers.MinP, answers.RepetitionPenalty)
                : null,
            Proxy = options.Mode == ScreenMode.PromptProxy ? [.. screener.Lines] : null,
        };
    }

    /// <summary>What first differs from other settings, in words: "the mode is …, not …"; null where nothing does. Shard and proxy are left out, since the one may differ and the other follows.</summary>
    internal string? DifferenceFrom(ScreenSettings other)
    {
        foreach (var (what, here, there) in ((string, object?, object?)[])
        [
            ("the kind of file", $"{Trimtab} {Version}", $"{other.Trimtab} {other.Version}"), ("the model", $"{Model} ({Fingerprint})", $"{other.Model} ({other.Fingerprint})"), ("the quantisation", Quantisation, other.Quantisation),
            ("the adapter", Adapter, other.Adapter), ("the chat template", ChatTemplate, other.ChatTemplate), ("the list of traits", string.Join("; ", Traits), string.Join("; ", other.Traits)), ("the mode", Mode, other.Mode), ("the longest row", MaxTokens, other.MaxTokens),
            ("the way of answering", Answers, other.Answers), ("the list of end tokens", Listed(EndTokens), Listed(other.EndTokens)), ("the number of rows to calibrate on", CalibrateOn, other.CalibrateOn), ("the data", $"{Data} ({Rows} rows)", $"{other.Data} ({other.Rows} rows)"),
        ])
            if (!Equals(here, there))
                return $"{what} is {here ?? "none"}, not {there ?? "none"}";
        return null;
    }

    private static string? Listed(IReadOnlyList<int>? tokens) => tokens is null ? null : $"[{string.Join(", ", tokens)}]";

    private static string HashOf(LoraAdapter adapter)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, layer) in adapter.Layers.OrderBy(layer => layer.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{name} {layer.Scale:R}")));
            foreach (var matrix in (Tensor[])[layer.A, layer.B])
                for (int row = 0; row < matrix.RowCount; row++)
                    hash.AppendData(matrix.RowBytes(row));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}
