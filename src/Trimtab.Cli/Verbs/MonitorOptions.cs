using System.CommandLine;
using System.Globalization;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Steering;
using Trimtab.Steering.Monitoring;

namespace Trimtab.Cli.Verbs;

/// <summary>--trait, --calibration and --rules: what is read beside a run, and what its readings lead to.</summary>
/// <param name="required">Whether at least one trait must be given.</param>
internal sealed class MonitorOptions(bool required = false)
{
    private readonly Option<string[]> _traits = new("--trait")
    {
        Description = "A trait to read: NAME=VECTOR@LAYER, the coordinate of the output of a block along a vector. Repeatable.",
        DefaultValueFactory = required ? null : _ => [],
        Required = required,
    };

    private readonly Option<string?> _calibration = new("--calibration") { Description = "What readings are on reference traffic, as `monitor calibrate` writes it: for z-scores, percentiles, and thresholds in them." };
    private readonly Option<string?> _rules = new("--rules") { Description = "Thresholds and what happens when they are passed (JSON)." };

    /// <summary>--trait alone, for a command that makes a calibration.</summary>
    public Option<string[]> TraitOption => _traits;

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_traits, _calibration, _rules])
            command.Options.Add(option);
    }

    /// <summary>The traits.</summary>
    public IReadOnlyList<MonitoredTrait> ReadTraits(ParseResult parsed) => [.. parsed.GetValue(_traits)!.Select(ParseTrait)];

    /// <summary>Calibration and rules.</summary>
    public TraitMonitorOptions ReadOptions(ParseResult parsed) => new()
    {
        Calibration = parsed.GetValue(_calibration) is { } calibration ? MonitorCalibration.Load(calibration) : null,
        Rules = parsed.GetValue(_rules) is { } rules ? MonitorRules.Load(rules) : MonitorRules.None,
    };

    /// <summary>What reads beside a generation; null where no trait was given.</summary>
    public LiveMonitor? Read(ParseResult parsed, LoadedModel model)
    {
        var traits = ReadTraits(parsed);
        if (traits.Count == 0 && ((Option[])[_calibration, _rules]).FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } alone)
            throw new ArgumentException($"{alone.Name} speaks of traits, and there is no --trait. Give one, or leave it away.");
        return traits.Count == 0 ? null : new LiveMonitor(model, traits, ReadOptions(parsed));
    }

    private static MonitoredTrait ParseTrait(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal), at = text.LastIndexOf('@');
        if (equals < 1 || at < equals + 2 || !int.TryParse(text[(at + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int layer))
            throw new FormatException($"--trait: '{text}' is not understood. Write NAME=VECTOR@LAYER, such as evil=evil.safetensors@14.");
        string file = text[(equals + 1)..at];
        return new MonitoredTrait(text[..equals], new VectorDirection(SteeringVector.Load(file), From: null) { File = file }, HookPoint.ResidPost(layer));
    }
}
