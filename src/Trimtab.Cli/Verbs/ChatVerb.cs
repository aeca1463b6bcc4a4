using System.CommandLine;
using Trimtab.Models.Generation;
using Trimtab.Models.Text;
using Trimtab.Steering;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab chat: a conversation in the terminal, whose steering can be changed while it goes on.</summary>
internal static class ChatVerb
{
    public static Command Create()
    {
        var (model, json) = (new ModelOptions(), CommonOptions.Json());
        var (system, cacheType) = (CommonOptions.System(), CommonOptions.CacheType());
        var (sampling, steering, explain, monitor) = (new SamplingOptions(), new SteeringOptions(), CommonOptions.Explain(), new MonitorOptions());
        var command = new Command("chat", "A conversation in the terminal; /help lists what can be changed while it goes on, and --trait shows gauges.") { model, system, json, cacheType, explain };
        sampling.AddTo(command);
        steering.AddTo(command);
        monitor.AddTo(command);
        return command.Does((parsed, cancellation) =>
        {
            using var loaded = model.Load(parsed);
            var chat = parsed.GetValue(system) is { } text ? Chat.System(text) : Chat.Empty;
            using var gauges = monitor.Read(parsed, loaded);
            var generator = new Generator(loaded) { CacheType = parsed.GetValue(cacheType), Sinks = gauges?.Sinks ?? [] };
            new ChatConversation(loaded, generator, gauges, sampling.Read(parsed, loaded), chat, steering.ReadPlan(parsed, loaded) ?? SteeringPlan.None, parsed.GetValue(json), parsed.GetValue(explain)).Run(cancellation);
        });
    }
}
