using System.CommandLine;
using System.Globalization;
using Trimtab.Evaluation.Reports;
using Trimtab.Evaluation.Screening;
using Trimtab.Steering;
using Trimtab.Steering.Sae;
using Trimtab.Tensors.Files;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab screen: training data by how far it would move a model along traits, row by row; merge puts shards together.</summary>
internal static class ScreenVerb
{
    private static readonly ScreeningOptions Defaults = new();

    private static readonly Dictionary<string, ScreenMode> Modes = new() { ["full"] = ScreenMode.Full, ["prompt-proxy"] = ScreenMode.PromptProxy, ["raw"] = ScreenMode.Raw };

    private static readonly Argument<string> Data = new("data") { Description = "The data: chats {\"messages\": […]} in a .jsonl file, or a .csv table with answer and either prompt (the whole text that the model saw) or question." };
    private static readonly Option<string[]> Traits = new("--trait") { Description = "What to screen for: NAME=VECTOR@LAYER, layers from 0. Repeatable.", Required = true };
    private static readonly Option<string> Output = new("--output", "-o") { Description = "The file of scores (.jsonl). Where it is there already, screening goes on where it ended.", Required = true };
    private static readonly Option<string> Mode = new("--mode") { Description = "What answers are compared with: full (the model's own answers), prompt-proxy (the prompt's last token) or raw (nothing).", DefaultValueFactory = _ => "full" };
    private static readonly Option<int> Calibrate = CommonOptions.Number("--calibrate-on", "Rows that the proxy's line is fitted on; 0 for none.", Defaults.CalibrateOn);
    private static readonly Option<bool> Draw = new("--draw") { Description = "Draw the model's own answers instead of taking the likeliest tokens." };
    private static readonly Option<int> Seed = CommonOptions.Number("--seed", "Decides the draws and the rows to calibrate on.", Defaults.Seed);
    private static readonly Option<int> MaxAnswer = CommonOptions.Number("--max-answer-tokens", "The most tokens of an own answer.", Defaults.MaxAnswerTokens);
    private static readonly Option<int> MaxTokens = CommonOptions.Number("--max-tokens", "The longest row; longer ones are reported.", Defaults.MaxTokens);
    private static readonly Option<int> PassTokens = CommonOptions.Number("--pass-tokens", "About how many tokens go through the model at once.", Defaults.PassTokens);
    private static readonly Option<int> Together = CommonOptions.Number("--batch", "How many own answers are generated together.", Defaults.AnswersTogether);
    private static readonly Option<string?> ShardOf = new("--shard") { Description = "Screen one of several parts, such as 2/4; `trimtab screen merge` joins them." };
    private static readonly Option<string?> Reference = new("--reference") { Description = "Data as it should be: rows are flagged by its differences. Its scores are kept beside the output." };
    private static readonly Option<double> Rate = CommonOptions.Number("--fpr", "The false-positive rate of flags.", 0.05);
    private static readonly Option<string?> Table = new("--csv") { Description = "A table of all rows, projections under their published names." };
    private static readonly Option<string?> Page = new("--page") { Description = "A page with the differences and the top rows beside the model's own answers." };
    private static readonly Option<string?> Sae = new("--sae") { Description = "A sparse autoencoder of the traits' block: the page and --json name the latents that carry the top rows' differences." };
    private static readonly Option<int> Top = CommonOptions.Number("--top", "How many of the top rows are shown.", 20);

    public static Command Create()
    {
        var (model, json) = (new ModelOptions(), CommonOptions.Json());
        return new Command("screen", "Screens training data for traits: ranks and flags rows by how much more of a trait they show than the model's own answers.")
        {
            Data, Traits, Output, Mode, Calibrate, Draw, Seed, MaxAnswer, MaxTokens, PassTokens, Together, ShardOf, Reference, Rate, Table, Page, Sae, Top, model, json, ScreenMergeVerb.Create(),
        }.Does((parsed, cancellation) =>
        {
            var shard = parsed.GetValue(ShardOf) is { } part ? Shard.Parse(part) : null;
            Check(parsed, shard);
            using var sae = parsed.GetValue(Sae) is { } folder ? SparseAutoencoder.Load(folder) : null;
            var traits = parsed.GetValue(Traits)!.Select(ParseTrait).ToList();
            var data = Open(parsed.GetValue(Data)!);
            using var loaded = model.Load(parsed);
            var screener = new Screener(loaded, traits, Read(parsed));
            var explanation = new ScreenExplanation(screener, sae);
            var scores = Run(screener, data, parsed.GetValue(Output)!, shard, "Screening", cancellation);
            if (shard is not null)
            {
                ScreenOutput.Print(scores, parsed.GetValue(Output)!, parsed.GetValue(json));
                return;
            }
            var reference = parsed.GetValue(Reference) is { } file
                ? Run(scores.Settings.Proxy is { } lines ? screener.With([.. lines]) : screener, Open(file), Path.ChangeExtension(parsed.GetValue(Output)!, ".reference.jsonl"), null, "Screening the reference", cancellation)
                : null;
            var summary = ScreenSummary.Of(scores, reference, parsed.GetValue(Rate));
            var explained = summary.Traits.Select(trait => explanation.Top(trait, data, scores, parsed.GetValue(Top), cancellation: cancellation)).ToList();
            if (parsed.GetValue(Table) is { } table)
                ScreenTable.Write(table, data, scores, summary);
            if (parsed.GetValue(Page) is { } page)
                AtomicFile.WriteText(page, summary.ToHtml(Path.GetFileName(parsed.GetValue(Data)!), explained));
            ScreenOutput.Print(summary, explained, parsed.GetValue(Output)!, parsed.GetValue(json));
        });
    }

    private static ScoreFile Run(Screener screener, ScreenData data, string output, Shard? shard, string title, CancellationToken cancellation)
    {
        var run = new ScreenRun(screener, data, output, shard);
        return ProgressBar.Over(title, run.RowCount, progress => run.Run(progress, cancellation));
    }

    private static ScreenData Open(string path)
    {
        var data = ScreenData.Open(path);
        if (data.Unread.Count > 0)
            Console.Error.WriteLine($"{path}: not read are {string.Join(", ", data.Unread)}");
        return data;
    }

    private static ScreeningOptions Read(ParseResult parsed) => new()
    {
        Mode = Modes.TryGetValue(parsed.GetValue(Mode)!, out var mode) ? mode : throw new FormatException($"--mode: '{parsed.GetValue(Mode)}' is not known. Write {string.Join(", ", Modes.Keys)}."),
        CalibrateOn = parsed.GetValue(Calibrate), DrawsAnswers = parsed.GetValue(Draw), Seed = parsed.GetValue(Seed), MaxAnswerTokens = parsed.GetValue(MaxAnswer), MaxTokens = parsed.GetValue(MaxTokens),
        PassTokens = parsed.GetValue(PassTokens), AnswersTogether = parsed.GetValue(Together),
    };

    // What would have no effect is refused before anything is computed.
    private static void Check(ParseResult parsed, Shard? shard)
    {
        if (shard is not null && ((Option[])[Reference, Table, Page, Sae]).FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } whole)
            throw new ArgumentException($"{whole.Name} is about all rows, and --shard screens some. Merge the shards, then screen with {whole.Name} and the merged file as output.");
        if (parsed.GetValue(Reference) is null && parsed.GetResult(Rate) is { Implicit: false })
            throw new ArgumentException("--fpr is a rate among reference rows, and there are none. Give --reference.");
    }

    private static ScreenTrait ParseTrait(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal), at = text.LastIndexOf('@');
        return equals > 0 && at > equals + 1 && int.TryParse(text[(at + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int layer)
            ? new ScreenTrait(text[..equals], SteeringVector.Load(text[(equals + 1)..at]), layer)
            : throw new FormatException($"--trait: '{text}' is not understood. Write NAME=VECTOR@LAYER, such as evil=evil.safetensors@14.");
    }
}
