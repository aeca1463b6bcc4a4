using System.Numerics.Tensors;
using Trimtab.Models;
using Trimtab.Models.Hooks;

namespace Trimtab.Steering.Monitoring;

/// <summary>What a monitor does besides reading.</summary>
public sealed record TraitMonitorOptions
{
    /// <summary>Keeps the readings of all prompt tokens; otherwise those from the prompt's last token on.</summary>
    public bool KeepsPrompt { get; init; }

    /// <summary>What readings are on reference traffic; needed by rules in standard deviations or percentiles.</summary>
    public MonitorCalibration? Calibration { get; init; }

    /// <summary>What happens when readings pass thresholds.</summary>
    public MonitorRules Rules { get; init; } = MonitorRules.None;
}

/// <summary>
/// Reads traits inside the pass that generates: before the first token (at the prompt's last one) and at every token, with no second pass (Chen et al. 2025, section 3.3). It is a sink of a <see cref="Models.Generation.Generator"/>
/// or a <see cref="ModelRun"/>; what is read changes no bit of the text. Rows are read after the edits at their hook point: what the model goes on with.
/// </summary>
/// <remarks>
/// All traits of one hook point are read in one visit, a product [rows, D] · [D, traits] that is written straight into each text's <see cref="TraitTrace"/>; decoding allocates nothing for it. Each coordinate is the one that an edit
/// along the direction would see. One generation at a time.
/// </remarks>
public sealed class TraitMonitor : IGenerationWatch
{
    private readonly IReadOnlyList<MonitoredTrait> _traits;
    private readonly TraitMonitorOptions _options;
    private readonly Dictionary<HookPoint, (int Trait, float[] Unit)[]> _units;
    private readonly IReadOnlyList<BoundRule> _rules;
    private readonly Dictionary<Sequence, MonitoredText> _running = [];
    private readonly List<MonitoredText> _texts = [];

    /// <summary>A monitor of some traits.</summary>
    /// <param name="model">The model, or a view of it.</param>
    /// <param name="traits">What to read, at any hook points; names are unique.</param>
    /// <param name="options">Calibration and rules; none where null.</param>
    /// <exception cref="SteeringException">A direction or the calibration does not belong to the model, a rule needs what is not there, or a cap has no place.</exception>
    /// <exception cref="ArgumentException">There is no trait, or two have one name.</exception>
    public TraitMonitor(LoadedModel model, IReadOnlyList<MonitoredTrait> traits, TraitMonitorOptions? options = null)
    {
        MonitoredTrait.RequireNames(traits);
        (_traits, _options) = (traits, options ?? new TraitMonitorOptions());
        _units = traits.Index().GroupBy(trait => trait.Item.At).ToDictionary(group => group.Key, group => group.Select(trait => (trait.Index, trait.Item.Unit(model))).ToArray());
        _options.Calibration?.Require(model, traits);
        _rules = _options.Rules.Bind(traits, _options.Calibration);
        Caps = [.. _rules.Where(rule => rule.Rule.Action == MonitorAction.Cap).Select(rule => rule.Cap(traits[rule.Trait], model))];
    }

    /// <inheritdoc/>
    public IReadOnlyCollection<HookPoint> Points => _units.Keys;

    /// <summary>
    /// Called when a reading passes a rule's threshold, inside the pass that reads it and so before the next token is chosen. The text's readings at this token may not be complete: deeper hook points follow. Null for nobody.
    /// </summary>
    public Action<MonitoredText, MonitorEvent>? OnEvent { get; init; }

    /// <summary>The texts that were read, in the order of the requests, generation after generation.</summary>
    public IReadOnlyList<MonitoredText> Texts => _texts;

    /// <summary>
    /// The clamps of the rules that cap. They stand right behind the reading, where the row enters the next block, so that a capped trait is read as it would have been and its events are exact; they act on the rows that choose
    /// tokens of the answer, or on the prompt's last one.
    /// </summary>
    public IReadOnlyList<Intervention> Caps { get; }

    /// <summary>A plan, followed by the caps: what texts must be steered by for the rules that cap.</summary>
    public SteeringPlan Capped(SteeringPlan plan) => plan with { Interventions = plan.Interventions.AddRange(Caps) };

    /// <inheritdoc/>
    /// <exception cref="SteeringException">A rule caps, and the plan of a text lacks the clamp.</exception>
    public void Begin(IReadOnlyList<Sequence> texts)
    {
        _running.Clear();
        foreach (var text in texts)
        {
            RequireCaps(text);
            Follow(text);
        }
    }

    /// <inheritdoc/>
    public bool Ends(Sequence text) => _running[text].Rules.Stops;

    /// <inheritdoc/>
    public void Receive(HookPoint at, Tensor activation, IReadOnlyList<SequenceRows> rows)
    {
        var units = _units[at];
        // By index: an enumerator would be an object for every token.
        for (int i = 0; i < rows.Count; i++)
        {
            var span = rows[i];
            var text = _running.TryGetValue(span.Sequence, out var known) ? known : Follow(span.Sequence);
            text.Trace.Extend(span.EndPosition);
            for (int position = Math.Max(span.FirstPosition, text.Trace.First); position < span.EndPosition; position++)
            {
                var row = activation.Row(span.FirstRow + position - span.FirstPosition);
                foreach (var (trait, unit) in units)
                    text.Take(position, trait, TensorPrimitives.Dot<float>(row, unit));
            }
        }
    }

    private MonitoredText Follow(Sequence sequence)
    {
        if (sequence.PromptLength == 0)
            throw new SteeringException("Monitor: the text has no prompt, so there is nothing to read before its first token. Say how many of its tokens are the prompt.");
        var text = new MonitoredText(_traits, _rules, sequence, _options.KeepsPrompt, OnEvent);
        _running.Add(sequence, text);
        _texts.Add(text);
        return text;
    }

    private void RequireCaps(Sequence text)
    {
        foreach (var cap in Caps)
            if (text.Steering?.Edits.Any(edit => edit.At == cap.At[0] && edit.Description.Contains("clamp-projection", StringComparison.Ordinal)) != true)
                throw new SteeringException($"Monitor: a rule caps at {cap.At[0]}, and the plan of a text has no clamp there. Steer the text by what Capped makes of its plan.");
    }
}
