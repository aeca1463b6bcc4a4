using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Trimtab.Models.Hooks;
using Trimtab.Steering.Sae;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab sae: sparse autoencoders; train makes them, features shows what they hold, check judges one on a model, convert writes it in another format.</summary>
internal static class SaeVerb
{
    public static Command Create() => new("sae", "Sparse autoencoders: training, whether one fits a model, and conversion between their formats.") { SaeTrainVerb.Create(), SaeFeaturesVerb.Create(), SaeRankVerb.Create(), CreateCheck(), CreateConvert() };

    private static Command CreateCheck()
    {
        var (model, json, file) = (new ModelOptions(), CommonOptions.Json(), new SaeFileOptions());
        var data = new Option<string>("--data", "-d") { Description = "Texts to measure on: in a file named .jsonl lines {\"text\": …} or chats {\"messages\": […]}, otherwise one plain text.", Required = true };
        var layer = new Option<int?>("--layer") { Description = "The block whose output it reads, where its file does not say." };
        var at = new Option<string?>("--at") { Description = "The hook point that it reads, such as blocks.3.mlp_out, where its file does not say." };
        var window = new Option<int?>("--context") { Description = "The most tokens that a text is cut into; by default as it was trained, else 256." };
        var first = new Option<bool>("--first-token") { Description = "Measure and replace the first token of each text as well, whose row is far longer than all others." };
        var command = new Command("check", "Measures an autoencoder on a model: active latents, unexplained variance, and how much of the loss its reconstruction keeps.") { model, data, layer, at, window, first, json };
        file.AddTo(command);
        return command.Does((parsed, cancellation) =>
        {
            if (parsed.GetValue(layer) is not null && parsed.GetValue(at) is not null)
                throw new ArgumentException("--layer and --at both name the hook point. Give one of them.");
            using var sae = file.Load(parsed);
            using var loaded = model.Load(parsed);
            var check = new SaeCheck(loaded, sae, new SaeCheckOptions
            {
                At = parsed.GetValue(layer) is { } block ? HookPoint.ResidPost(block) : parsed.GetValue(at) is { } point ? HookPoint.Parse(point) : null,
                SkipsFirstToken = !parsed.GetValue(first),
            });
            var texts = TextFile.Load(parsed.GetValue(data)!, loaded, sae.Origin, parsed.GetValue(window));
            var report = ProgressBar.Over("Checking", 3 * texts.Count, progress => check.Run(texts, progress, cancellation));
            if (parsed.GetValue(json))
                JsonOutput.Print(ToJson(report));
            else
                Print(report, parsed.GetValue(first));
            if (report.Findings.Count > 0)
                throw new InvalidOperationException($"{sae.Origin.File}: {string.Join("; ", report.Findings.Select(finding => finding.Message))}.");
        });
    }

    private static Command CreateConvert()
    {
        var (json, file) = (CommonOptions.Json(), new SaeFileOptions());
        var output = new Option<string>("--output", "-o") { Description = "The folder to write.", Required = true };
        var to = new Option<string>("--to") { Description = $"The format to write: {string.Join(" or ", SaeFormats.All.Where(f => f.CanWrite).Select(f => f.Name))}.", Required = true };
        var command = new Command("convert", "Writes an autoencoder in another format; what the format cannot hold is refused.") { output, to, json };
        file.AddTo(command);
        return command.Does((parsed, _) =>
        {
            using var sae = file.Load(parsed);
            string folder = parsed.GetValue(output)!, format = parsed.GetValue(to)!;
            sae.Save(folder, format);
            if (parsed.GetValue(json))
                JsonOutput.Print(new JsonObject { ["folder"] = folder, ["from"] = sae.Origin.Format, ["to"] = format, ["activation"] = sae.Kind.Name, ["latents"] = sae.LatentCount });
            else
                Console.Out.WriteLine($"{folder}: {sae.Kind.Name}, {sae.LatentCount} latents over rows of {sae.InputWidth}, {sae.Origin.Format} → {format}");
        });
    }

    private static void Print(SaeReport report, bool first)
    {
        void Line(string name, FormattableString value) => Console.Out.WriteLine($"{name,-20} {value.ToString(CultureInfo.InvariantCulture)}");
        Line("at", $"{report.At}");
        Line("rows", $"{report.RowCount} of {report.TextCount} texts, {(first ? "first tokens included" : "without the first token of each")}");
        Line("active latents", $"{report.L0:F1} per row{(report.ClaimedL0 is { } stated ? FormattableString.Invariant($", stated {stated:G4}") : "")}");
        Line("unexplained variance", $"{report.UnexplainedVariance:F4} (explained {report.ExplainedVariance:P1})");
        Line("never active here", $"{report.DeadCount} of {report.LatentCount} latents ({report.DeadShare:P1})");
        Line("loss", $"{report.CleanLoss:F4} nats; reconstructed {report.ReconstructedLoss:F4}, zeros {report.ZeroedLoss:F4}");
        Line("loss recovered", $"{(report.LossRecovered is { } share ? share.ToString("P1", CultureInfo.InvariantCulture) : "– (zeros do no harm)")}");
    }

    /// <summary>A check's numbers.</summary>
    public static JsonObject ToJson(SaeReport report) => new()
    {
        ["at"] = report.At.ToString(), ["texts"] = report.TextCount, ["rows"] = report.RowCount, ["latents"] = report.LatentCount, ["l0"] = report.L0, ["claimedL0"] = report.ClaimedL0,
        ["fvu"] = report.UnexplainedVariance, ["explainedVariance"] = report.ExplainedVariance, ["dead"] = report.DeadCount, ["deadShare"] = report.DeadShare, ["meanNorm"] = report.MeanNorm,
        ["meanReconstructedNorm"] = report.MeanReconstructedNorm,
        ["loss"] = report.CleanLoss, ["lossReconstructed"] = report.ReconstructedLoss, ["lossZeroed"] = report.ZeroedLoss, ["lossRecovered"] = report.LossRecovered,
        ["findings"] = new JsonArray([.. report.Findings.Select(finding => (JsonNode)new JsonObject { ["problem"] = finding.Problem.ToString(), ["message"] = finding.Message })]),
    };
}
