using System.CommandLine;
using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Generation;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab logits: the next-token logits at every position of a text.</summary>
internal static class LogitsVerb
{
    // Small enough that the bar moves, and that logits of a large vocabulary stay a small piece of memory.
    private const int TokensPerStep = 64;

    public static Command Create()
    {
        var (model, json) = (new ModelOptions(), CommonOptions.Json());
        var (prompt, steering) = (new PromptOptions(), new SteeringOptions());
        var top = new Option<int>("--top") { Description = "How many of the most likely tokens to show at each position, at most all.", DefaultValueFactory = _ => 10 };
        var command = new Command("logits", "Next-token logits at every position of a text, steered or not.") { model, top, json };
        prompt.AddTo(command);
        steering.AddTo(command);
        return command.Does((parsed, cancellation) =>
        {
            using var loaded = model.Load(parsed);
            int count = parsed.GetValue(top) is >= 1 and var asked ? Math.Min(asked, loaded.Config.VocabularySize) : throw new ArgumentException($"--top is {parsed.GetValue(top)} — it must be 1 or more.");
            var sequence = new Sequence(prompt.Read(parsed, loaded), steering: steering.Read(parsed, loaded)) { Cache = new KvCache(loaded.LayerCount) };
            using var cache = sequence.Cache;
            var sink = new TopLogits(count);
            ProgressBar.Over("Computing", sequence.Ids.Count, progress =>
            {
                using var run = new ModelRun(loaded, [sequence], [sink]) { ChunkSize = TokensPerStep, Progress = progress };
                return run.Forward(LogitRows.All, cancellation: cancellation);
            });
            sequence.RequireAllFired();
            if (parsed.GetValue(json))
                JsonOutput.Print(new JsonObject { ["positions"] = new JsonArray([.. sink.Positions.Select(ToJson)]) });
            else
                Print(sink, sequence, loaded);
        });
    }

    private static JsonObject ToJson(TopLogits.Position position) => new()
    {
        ["position"] = position.Index,
        ["ids"] = JsonOutput.Of(position.Ids),
        ["logits"] = JsonOutput.Of(position.Logits),
        ["logSumExp"] = position.LogSumExp,
    };

    private static void Print(TopLogits sink, Sequence sequence, LoadedModel model)
    {
        string Shown(int id) => model.Tokenizer is { } tokenizer ? $"{id} {tokenizer.TokenText(id)}" : $"{id}";
        foreach (var position in sink.Positions)
        {
            Console.Out.WriteLine($"{position.Index}  after {Shown(sequence.Ids[position.Index])}");
            for (int i = 0; i < position.Ids.Length; i++)
                Console.Out.WriteLine(FormattableString.Invariant($"    {position.Logits[i],9:F4}  p {Math.Exp(position.Logits[i] - position.LogSumExp):P2}  {Shown(position.Ids[i])}"));
        }
    }

    /// <summary>Keeps the best few logits of every position, so that memory does not grow with the vocabulary.</summary>
    private sealed class TopLogits(int count) : IActivationSink
    {
        public List<Position> Positions { get; } = [];

        public IReadOnlyCollection<HookPoint> Points { get; } = [HookPoint.Logits];

        public void Receive(HookPoint at, Tensor activation, IReadOnlyList<SequenceRows> rows)
        {
            foreach (var span in rows)
                for (int i = 0; i < span.Count; i++)
                    Positions.Add(Best(span.FirstPosition + i, activation.Row(span.FirstRow + i)));
        }

        private Position Best(int index, ReadOnlySpan<float> logits)
        {
            int[] ids = new int[count];
            TopTokens.Select(logits, ids);
            float[] values = new float[count];
            for (int i = 0; i < count; i++)
                values[i] = logits[ids[i]];
            return new Position(index, ids, values, Sampler.LogSumExp(logits));
        }

        public sealed record Position(int Index, int[] Ids, float[] Logits, float LogSumExp);
    }
}
