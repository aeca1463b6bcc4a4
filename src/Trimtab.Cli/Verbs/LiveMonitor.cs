using System.Globalization;
using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Generation;
using Trimtab.Models.Hooks;
using Trimtab.Models.Text;
using Trimtab.Steering;
using Trimtab.Steering.Monitoring;

namespace Trimtab.Cli.Verbs;

/// <summary>Reads traits beside a generation and shows them as gauges: before the first token, while it speaks, and over the whole answer. Alarms are told as they come.</summary>
internal sealed class LiveMonitor : IDisposable
{
    private const int Cells = 10;

    private readonly LoadedModel _model;
    private readonly TraitMonitor _monitor;
    private readonly MonitorCalibration? _calibration;
    private readonly bool _hasBars = ProgressBar.StandardError().Profile.Out.IsTerminal;
    private readonly int _nameWidth;
    // Without a calibration a full bar is the largest reading so far.
    private double _largest = 1e-9;
    private bool _isBegun;
    private GaugeLine? _line;

    /// <summary>Gauges of some traits.</summary>
    /// <param name="model">The model.</param>
    /// <param name="traits">What is read.</param>
    /// <param name="options">Calibration and rules.</param>
    public LiveMonitor(LoadedModel model, IReadOnlyList<MonitoredTrait> traits, TraitMonitorOptions options)
    {
        (_model, _calibration, _nameWidth) = (model, options.Calibration, traits.Max(trait => trait.Name.Length));
        _monitor = new TraitMonitor(model, traits, options) { OnEvent = Warn };
    }

    /// <summary>What the generator shows its activations to.</summary>
    public IReadOnlyList<IActivationSink> Sinks => [_monitor];

    private MonitoredText Last => _monitor.Texts[^1];

    /// <summary>A plan, followed by what the rules cap.</summary>
    public ISteering Compile(SteeringPlan? plan) => _monitor.Capped(plan ?? SteeringPlan.None).Compile(_model);

    /// <summary>What shows an answer's tokens, with the readings before the answer ahead of the first, and in a terminal the last readings on a line below the text.</summary>
    /// <param name="show">Shows a token.</param>
    public Action<GeneratedToken> Around(Action<GeneratedToken> show) => token =>
    {
        if (!_isBegun)
        {
            Begin();
            _line = GaugeLine.OnStandardError();
        }
        show(token);
        _line?.Show(string.Join("   ", Last.Answer.Select((read, trait) => $"{read.Trait} {Now(read, trait)}")));
    };

    /// <summary>Ends an answer's gauges with a line for each trait on standard error, where they do not mix with the text, and one for each threshold that was passed and not told at once.</summary>
    public void Print()
    {
        if (!_isBegun)
            Begin();
        Dispose();
        _isBegun = false;
        foreach (var read in Last.Answer.Where(read => read.Mean is not null))
            Console.Error.WriteLine($"({Name(read)}  → speaking {Gauge(read.Trait, MonitorReading.RunningMean, read.Mean!.Value)}, largest {Number(read.Largest!.Value)} at \"{Token(Last, read.LargestAt!.Value)}\")");
        foreach (var passed in Last.Events.Where(passed => passed.Rule.Action != MonitorAction.Alarm))
            Console.Error.WriteLine(Told(Last, passed));
    }

    /// <summary>The readings of the last text.</summary>
    public JsonObject ToJson() => new()
    {
        ["traits"] = MonitorOutput.ToJson(Last.Answer, _calibration, position => Token(Last, position)),
        ["events"] = MonitorOutput.ToJson(Last.Events, position => Token(Last, position)),
    };

    /// <summary>Gives the line below the text back, whatever ended the answer.</summary>
    public void Dispose()
    {
        _line?.Dispose();
        _line = null;
    }

    private void Begin()
    {
        _isBegun = true;
        foreach (var read in Last.Answer)
            Console.Error.WriteLine($"({Name(read)}  before {Gauge(read.Trait, MonitorReading.Prompt, read.Before)})");
    }

    // The first token is shown before its own row is computed: until then the reading before the answer is the last one.
    private string Now(AnswerReading read, int trait) => read.Mean is null
        ? Gauge(read.Trait, MonitorReading.Prompt, read.Before)
        : Gauge(read.Trait, MonitorReading.Token, Last.Trace[Last.Trace.End - 1][trait]);

    // Under an open line the text is half written, and stands on a line of the same terminal.
    private void Warn(MonitoredText text, MonitorEvent passed)
    {
        if (passed.Rule.Action == MonitorAction.Alarm)
            Console.Error.WriteLine((_line is null ? "" : "\n") + Told(text, passed));
    }

    private string Told(MonitoredText text, MonitorEvent passed) => $"({passed} \"{Token(text, passed.Position)}\")";

    private string Name(AnswerReading read) => read.Trait.PadRight(_nameWidth);

    private string Gauge(string trait, MonitorReading reading, double value)
    {
        _largest = Math.Max(_largest, Math.Abs(value));
        var reference = _calibration?.Of(trait).Of(reading);
        double share = reference is null ? Math.Abs(value) / _largest : reference.Percentile(value) / 100;
        string bar = _hasBars ? $" ▕{new string('█', (int)Math.Round(Cells * share))}{new string(' ', Cells - (int)Math.Round(Cells * share))}▏" : "";
        return $"{Number(value)}{bar}{(reference is null ? "" : string.Create(CultureInfo.InvariantCulture, $" (z {reference.Z(value):+0.0;−0.0}, {reference.Percentile(value):0} %)"))}";
    }

    private string Token(MonitoredText text, int position) => _model.Tokenizer is null
        ? string.Create(CultureInfo.InvariantCulture, $"{text.IdAt(position)}")
        : _model.RequireTokenizer().Decode([text.IdAt(position)]);

    private static string Number(double value) => value.ToString("+0.00;−0.00", CultureInfo.InvariantCulture);
}
