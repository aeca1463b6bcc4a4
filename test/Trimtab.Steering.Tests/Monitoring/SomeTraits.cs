using Trimtab.Models;
using Trimtab.Models.Generation;
using Trimtab.Models.Hooks;
using Trimtab.Steering.Monitoring;
using Trimtab.Steering.Tests.Edits;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Steering.Tests.Monitoring;

/// <summary>Traits of the golden Llama: seeded directions at two blocks.</summary>
internal static class SomeTraits
{
    public static LoadedModel Model => SomeEdits.Model;

    public static int[] Prompt => GoldenModel.Of("llama").Ids("seqA.input_ids");

    public static MonitoredTrait One { get; } = new("one", Direction.Of(SomeEdits.A), HookPoint.ResidPost(1));

    public static MonitoredTrait Other { get; } = new("other", Direction.Of(SomeEdits.B), HookPoint.ResidPost(1));

    public static MonitoredTrait Deep { get; } = new("deep", Direction.Of(SomeEdits.A), HookPoint.ResidPost(2));

    public static IReadOnlyList<MonitoredTrait> All => [One, Deep, Other];

    public static GenerationRequest Request(int tokens = 12) => new(Prompt, new GenerationOptions { MaxTokens = tokens });

    /// <summary>A monitor after one greedy generation of some tokens.</summary>
    public static (MonitoredText Read, GeneratedText Text) Generate(TraitMonitorOptions? options = null, SteeringPlan? plan = null, int tokens = 12, params MonitoredTrait[] traits)
    {
        var monitor = new TraitMonitor(Model, traits.Length > 0 ? traits : All, options);
        var request = Request(tokens) with { Steering = monitor.Capped(plan ?? SteeringPlan.None).Compile(Model) };
        var text = new Generator(Model) { Sinks = [monitor] }.Generate(request);
        return (Assert.Single(monitor.Texts), text);
    }

    /// <summary>The coordinates of a whole text's rows along a trait, in double precision.</summary>
    public static double[] Coordinates(LoadedModel model, IEnumerable<int> ids, MonitoredTrait trait, ISteering? steering = null, HookPoint? at = null, int? promptLength = null)
    {
        var capture = new ActivationCapture([at ?? trait.At]);
        using var run = new ModelRun(model, [new Sequence(ids, promptLength, steering)], [capture]);
        run.Forward(LogitRows.None);
        var (rows, v) = (capture[at ?? trait.At], trait.Direction.At(trait.At, model).Values.ToArray());
        return [.. Enumerable.Range(0, rows.RowCount).Select(row => SomeEdits.Dot(rows.Row(row), v) / SomeEdits.Length(v))];
    }

    /// <summary>A rule about the first trait.</summary>
    public static TraitMonitorOptions Rule(MonitorReading reading, double threshold, MonitorAction action, GateComparison comparison = GateComparison.Larger) =>
        new() { Rules = new MonitorRules([new MonitorRule("one", reading, new MonitorLevel(threshold, MonitorUnit.Raw), action) { Comparison = comparison }]) };
}
