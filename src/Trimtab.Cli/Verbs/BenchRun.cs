using System.Diagnostics;
using Trimtab.Models;
using Trimtab.Models.Generation;
using Trimtab.Models.Hooks;
using Trimtab.Steering;
using Trimtab.Steering.Monitoring;
using Trimtab.Steering.Sae;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Cli.Verbs;

/// <summary>Runs one test again and again: token ids in, logits out, from an empty cache each time. What a server would keep from text to text is made outside the clock.</summary>
/// <param name="model">The model.</param>
/// <param name="test">The test.</param>
/// <param name="backend">What computes.</param>
/// <param name="chunk">Rows of a pass at most.</param>
/// <param name="afresh">Whether every run begins with memory of its own, as the runs that it is compared with must.</param>
internal sealed class BenchRun(LoadedModel model, BenchTest test, Backend backend, int chunk, bool afresh = false) : IDisposable
{
    // The tokens decide nothing about the speed, but for a fair look into the embedding they are not all the same.
    private const int Seed = 1;

    // Enough for the compiler to be done with every method on the way; llama-bench, compiled ahead, warms up with one token.
    private const int WarmTokens = 32;

    private const int TraitsRead = 8;

    // An autoencoder of the usual width, and as many latents as hold one concept.
    private const int LatentsPerWidth = 16, ActiveLatents = 32, LatentsClamped = 8;

    private readonly ISteering? _steering = Plan(model, test.Extra)?.Compile(model);
    private readonly Random _random = new(Seed);
    private Sequence[] _sequences = [];
    private ModelRun? _run;

    /// <summary>Runs the prompt, or the first tokens, once, so that weights are packed and code is compiled.</summary>
    public void WarmUp()
    {
        Prepare();
        Compute(Math.Min(test.Generated, WarmTokens));
    }

    /// <summary>One run; returns its nanoseconds.</summary>
    public long Measure()
    {
        Prepare();
        long start = Stopwatch.GetTimestamp();
        Compute(test.Generated);
        return (long)Stopwatch.GetElapsedTime(start).TotalNanoseconds;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        _run?.Dispose();
        foreach (var sequence in _sequences)
            sequence.Cache?.Dispose();
    }

    private void Prepare()
    {
        // Prompts stay as they are, so their run goes on with the memory it has. Generated tokens cannot be taken back.
        if (_run is not null && test.Prompt > 0 && !afresh)
        {
            _sequences[0].Cache!.Truncate(0);
            return;
        }
        Dispose();
        _sequences = [.. Enumerable.Range(0, test.Sequences).Select(_ => new Sequence(RandomIds(Math.Max(test.Prompt, 1)), steering: _steering)
        {
            Cache = new KvCache(model.LayerCount, Math.Max(test.Prompt, test.Generated)),
        })];
        _run = new ModelRun(model, _sequences, Sinks()) { Backend = backend, ChunkSize = chunk };
    }

    private void Compute(int tokens)
    {
        if (test.Prompt > 0)
            _run!.Forward(LogitRows.Last);
        for (int i = 0; i < tokens; i++)
        {
            _run!.Forward(LogitRows.Last);
            foreach (var sequence in _sequences)
                sequence.Append(_random.Next(model.Config.VocabularySize));
        }
    }

    private IActivationSink[] Sinks() => test.Extra switch
    {
        BenchExtra.Capture => [new ActivationCapture(Residuals(model))],
        BenchExtra.Monitor => [new TraitMonitor(model, [.. Enumerable.Range(0, TraitsRead).Select(i => new MonitoredTrait($"trait {i}", RandomDirection(model), Middle(model)))])],
        _ => [],
    };

    private IEnumerable<int> RandomIds(int count) => Enumerable.Range(0, count).Select(_ => _random.Next(model.Config.VocabularySize));

    private static IEnumerable<HookPoint> Residuals(LoadedModel model) => Enumerable.Range(0, model.LayerCount).Select(HookPoint.ResidPost);

    private static HookPoint Middle(LoadedModel model) => HookPoint.ResidPost((model.LayerCount - 1) / 2);

    private static SteeringPlan? Plan(LoadedModel model, BenchExtra extra) => extra switch
    {
        BenchExtra.Empty => SteeringPlan.None,
        BenchExtra.Add => At(Residuals(model), new Add(RandomDirection(model), Strength.Raw(0.01f))),
        BenchExtra.Ablate => At(Residuals(model), new Ablate(RandomDirection(model))),
        BenchExtra.Clamp => At([Middle(model)], Clamp(model)),
        BenchExtra.Encode => At([Middle(model)], Clamp(model) with { Exact = true }),
        _ => null,
    };

    private static SteeringPlan At(IEnumerable<HookPoint> points, Edit edit) => SteeringPlan.Of(new Intervention([.. points], Tokens.All, edit));

    private static Direction RandomDirection(LoadedModel model) => Direction.Of(Random(new Random(Seed), model.Config.HiddenSize));

    private static FeatureClamp Clamp(LoadedModel model)
    {
        int width = model.Config.HiddenSize, latents = LatentsPerWidth * width;
        var random = new Random(Seed);
        var weights = new SaeWeights(Random(random, latents, width), Random(random, latents), Random(random, latents, width), Random(random, width));
        return new FeatureClamp(new SparseAutoencoder(weights, new TopK(ActiveLatents)), [.. Enumerable.Range(0, LatentsClamped).Select(latent => new LatentTarget(latent, 0.01f))]);
    }

    private static Tensor Random(Random random, params ReadOnlySpan<int> shape)
    {
        var tensor = Tensor.Zeros(new Shape(shape));
        foreach (ref float value in tensor.Values)
            value = random.NextSingle() - 0.5f;
        return tensor;
    }
}
