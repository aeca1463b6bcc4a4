using System.CommandLine;
using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Generation;
using Trimtab.Models.Hooks;
using Trimtab.Models.Text;
using Trimtab.Steering;
using Trimtab.Tensors;
using Trimtab.Tensors.Files;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab capture: activations at hook points, to a safetensors file.</summary>
internal static class CaptureVerb
{
    public static Command Create()
    {
        var (model, json) = (new ModelOptions(), CommonOptions.Json());
        var (prompt, steering) = (new PromptOptions(), new SteeringOptions());
        var texts = new Option<string?>("--file") { Description = "A file of plain texts, one a line, instead of --prompt or --ids." };
        var at = new Option<string[]>("--at") { Description = "Hook points, such as blocks.3.resid_post; * for every layer: blocks.*.resid_post. Repeatable, or separated by commas.", Required = true };
        var tokens = new Option<string>("--tokens") { Description = "The tokens to keep: all, last, or positions separated by commas.", DefaultValueFactory = _ => "all" };
        var output = new Option<string>("--output", "-o") { Description = "The safetensors file to write: one tensor [rows, width] per hook point, and the rows' sequence and position.", Required = true };
        var command = new Command("capture", "Activations at hook points, to a safetensors file.") { model, texts, at, tokens, output, json };
        prompt.AddTo(command);
        steering.AddTo(command);
        return command.Does((parsed, cancellation) =>
        {
            using var loaded = model.Load(parsed);
            if (parsed.GetValue(texts) is not null && prompt.IsGiven(parsed))
                throw new ArgumentException("--file takes the place of --prompt, --ids, --raw and --system. Give one or the other.");
            int[][] inputs = parsed.GetValue(texts) is { } file ? [.. File.ReadLines(file).Where(line => line.Length > 0).Select(loaded.EncodeText)] : [prompt.Read(parsed, loaded)];
            HookPoint[] points = [.. parsed.GetValue(at)!.SelectMany(text => text.Split(',')).SelectMany(text => Expand(text, loaded)).Distinct()];
            var kept = Tokens.Parse(parsed.GetValue(tokens)!);
            var capture = new ActivationCapture(points, (sequence, position) => kept.Selects(position, sequence.PromptLength));
            var edits = steering.Read(parsed, loaded);
            ProgressBar.Over("Capturing", inputs.Length, progress =>
            {
                for (int i = 0; i < inputs.Length; i++)
                {
                    RunOne(loaded, new Sequence(inputs[i], steering: edits), capture, points, cancellation);
                    progress.Report(i + 1);
                }
                return 0;
            });
            if (capture.Tokens(points[0]).Count == 0)
                throw new ArgumentException($"Capture: no token was kept — none of the {inputs.Sum(ids => ids.Length)} tokens is one of '{kept}'. Positions count from 0.");
            (string Name, Tensor Rows)[] captured = [.. points.Select(p => (p.ToString(), capture[p]))];
            Write(parsed.GetValue(output)!, captured, capture.Tokens(points[0]), loaded);
            Report(parsed.GetValue(json), parsed.GetValue(output)!, captured);
        });
    }

    private static void RunOne(LoadedModel model, Sequence sequence, ActivationCapture capture, HookPoint[] points, CancellationToken cancellation)
    {
        using var run = new ModelRun(model, [sequence], [capture], StopAfter(points));
        run.Forward(points.Contains(HookPoint.Logits) ? LogitRows.All : LogitRows.None, cancellation: cancellation);
        sequence.RequireAllFired();
    }

    // The deepest point that is asked for; the pass ends there, unless something above the blocks is wanted.
    private static HookPoint? StopAfter(HookPoint[] points) =>
        points.Any(p => p.Site is Site.FinalNorm or Site.Logits) ? null : points.OrderBy(p => p.Layer).ThenBy(p => p.Site).Last();

    private static IEnumerable<HookPoint> Expand(string text, LoadedModel model) => text.StartsWith("blocks.*.", StringComparison.Ordinal)
        ? Enumerable.Range(0, model.LayerCount).Select(layer => HookPoint.Parse($"blocks.{layer}.{text[9..]}"))
        : [HookPoint.Parse(text)];

    private static void Write(string path, (string Name, Tensor Rows)[] captured, IReadOnlyList<(Sequence Sequence, int Position)> tokens, LoadedModel model)
    {
        var numbers = new Dictionary<Sequence, int>();
        int[] sequences = [.. tokens.Select(token => numbers.TryAdd(token.Sequence, numbers.Count) ? numbers.Count - 1 : numbers[token.Sequence])];
        SafetensorsFile.Write(path, [.. captured, ("rows.sequence", Whole(sequences)), ("rows.position", Whole([.. tokens.Select(token => token.Position)]))],
            new Dictionary<string, string> { ["format"] = "trimtab-activations", ["model"] = model.Name, ["model_fingerprint"] = model.Fingerprint });
    }

    private static Tensor Whole(int[] values)
    {
        var tensor = Tensor.Zeros(new Shape(1, values.Length), DType.I32);
        System.Runtime.InteropServices.MemoryMarshal.AsBytes<int>(values).CopyTo(tensor.RowBytes(0));
        return tensor.Reshape(new Shape(values.Length));
    }

    private static void Report(bool json, string path, (string Name, Tensor Rows)[] captured)
    {
        if (json)
            JsonOutput.Print(new JsonObject
            {
                ["file"] = path,
                ["tensors"] = new JsonArray([.. captured.Select(c => (JsonNode)new JsonObject { ["name"] = c.Name, ["shape"] = JsonOutput.Of(c.Rows.Shape.ToArray()) })]),
            });
        else
            foreach (var (name, rows) in captured)
                Console.Out.WriteLine($"{name}  {rows.Shape}");
    }
}
