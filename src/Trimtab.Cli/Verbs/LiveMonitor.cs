using System.Globalization;
using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Models.Text;
using Trimtab.Steering;
using Trimtab.Steering.Monitoring;

namespace Trimtab.Cli.Verbs;

/// <summary>Reads traits beside a generation and shows them as gauges: before the first token, and while it speaks.</summary>
/// <param name="model">The model.</param>
/// <param name="traits">What is read.</param>
/// <param name="options">Calibration and rules.</param>
internal sealed class LiveMonitor(LoadedModel model, IReadOnlyList<MonitoredTrait> traits, TraitMonitorOptions options)
{
    private const int Cells = 10;

    private readonly TraitMonitor _monitor = new(model, traits, options);
    // Without a calibration a full bar is the largest reading so far.
    private double _largest = 1e-9;

    /// <summary>What the generator shows its activations to.</summary>
    public IReadOnlyList<IActivationSink> Sinks => [_monitor];

    /// <summary>A plan, followed by what the rules cap.</summary>
    public ISteering Compile(SteeringPlan? plan) => _monitor.Capped(plan ?? SteeringPlan.None).Compile(model);

    /// <summary>One line for each trait of the last text on standard error, where they do not mix with the text, and one for each threshold that was passed.</summary>
    public void Print()
    {
        var text = _monitor.Texts[^1];
        bool hasBars = ProgressBar.StandardError().Profile.Out.IsTerminal;
        int width = traits.Max(trait => trait.Name.Length);
        foreach (var read in text.Answer)
        {
            _largest = Math.Max(_largest, Math.Max(Math.Abs(read.Before), Math.Abs(read.Mean ?? 0)));
            string before = Gauge(read.Trait, MonitorReading.Prompt, read.Before, hasBars);
            string speaking = read.Mean is { } mean ? $" → speaking {Gauge(read.Trait, MonitorReading.RunningMean, mean, hasBars)}, largest {Number(read.Largest!.Value)} at \"{Token(text, read.LargestAt!.Value)}\"" : "";
            Console.Error.WriteLine($"({read.Trait.PadRight(width)}  before {before}{speaking})");
        }
        foreach (var passed in text.Events)
            Console.Error.WriteLine($"({passed} \"{Token(text, passed.Position)}\")");
    }

    /// <summary>The readings of the last text.</summary>
    public JsonObject ToJson()
    {
        var text = _monitor.Texts[^1];
        return new JsonObject
        {
            ["traits"] = MonitorOutput.ToJson(text.Answer, options.Calibration, position => Token(text, position)),
            ["events"] = MonitorOutput.ToJson(text.Events, position => Token(text, position)),
        };
    }

    private string Gauge(string trait, MonitorReading reading, double value, bool hasBar)
    {
        var reference = options.Calibration?.Of(trait).Of(reading);
        double share = reference is null ? Math.Abs(value) / _largest : reference.Percentile(value) / 100;
        string bar = hasBar ? $" ▕{new string('█', (int)Math.Round(Cells * share))}{new string(' ', Cells - (int)Math.Round(Cells * share))}▏" : "";
        return $"{Number(value)}{bar}{(reference is null ? "" : string.Create(CultureInfo.InvariantCulture, $" (z {reference.Z(value):+0.0;−0.0}, {reference.Percentile(value):0} %)"))}";
    }

    private string Token(MonitoredText text, int position) => model.Tokenizer is null
        ? string.Create(CultureInfo.InvariantCulture, $"{text.IdAt(position)}")
        : model.RequireTokenizer().Decode([text.IdAt(position)]);

    private static string Number(double value) => value.ToString("+0.00;−0.00", CultureInfo.InvariantCulture);
}
