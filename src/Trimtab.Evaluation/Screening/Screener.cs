using System.Collections.Immutable;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Models.Text;
using Trimtab.Steering;

namespace Trimtab.Evaluation.Screening;

/// <summary>
/// Scores prompts with answers by the projection difference (Chen et al. 2025, section 6): DP = (a(x, y) − a(x, y′)) · u, with a the mean of the rows <c>blocks.l.resid_post</c> over the tokens of an answer,
/// y the answer given, y′ the model's own to the same prompt, and u a trait's unit direction. Answers are encoded behind their prompt without the token that ends them, as those were that vectors are fitted to; so an
/// answer in the model's own words has the difference 0. A row's scores depend on the row alone, bit for bit.
/// </summary>
public sealed class Screener
{
    private readonly OwnAnswers _own;
    private readonly ResponseReader _reader;

    /// <summary>A screener.</summary>
    /// <param name="model">The model as it is before it learns from the data, not steered.</param>
    /// <param name="traits">What to screen for, each by a name of its own.</param>
    /// <param name="options">How.</param>
    /// <exception cref="ArgumentException">There are no traits, two have one name, the model is steered, or an option does not go with the mode.</exception>
    /// <exception cref="SteeringException">A vector was not made for this model.</exception>
    public Screener(LoadedModel model, IReadOnlyList<ScreenTrait> traits, ScreeningOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(traits);
        (Model, Traits, Options) = (model, traits, options ?? new ScreeningOptions());
        if (traits.Select(trait => trait.Name).Distinct(StringComparer.Ordinal).Count() < Math.Max(1, traits.Count))
            throw new ArgumentException($"Screen: {traits.Count} traits were given ({string.Join(", ", traits.Select(trait => trait.Name))}) — at least one is needed, and no name twice.", nameof(traits));
        if (model.Steering is not null)
            throw new ArgumentException("Screen: the model is steered — data is compared with what the model does by itself. Give the model, not a steered view.", nameof(model));
        if (Options.CalibrateOn > 0 && Options.Mode != ScreenMode.PromptProxy)
            throw new ArgumentException($"Screen: rows to calibrate on were asked for in the mode {Options.Mode} — only the prompt proxy has a line to fit. Leave one of them away.", nameof(options));
        foreach (var trait in traits)
            VectorCompatibility.Require(trait.Vector, model);
        (_own, _reader) = (new OwnAnswers(model, Options), new ResponseReader(model, traits, Options.PassTokens));
        Lines = [.. traits.Select(_ => ProxyLine.Identity)];
    }

    /// <summary>The model.</summary>
    public LoadedModel Model { get; }

    /// <summary>What is screened for.</summary>
    public IReadOnlyList<ScreenTrait> Traits { get; }

    /// <summary>How.</summary>
    public ScreeningOptions Options { get; }

    /// <summary>The proxy's line for each trait, in their order; the identity until it is calibrated.</summary>
    public ImmutableArray<ProxyLine> Lines { get; private init; }

    /// <summary>How own answers are generated.</summary>
    internal Models.Generation.GenerationOptions AnswerSettings => _own.Settings;

    /// <summary>The same screener with given lines of the proxy, such as those of a file of scores whose rows others are to be compared with.</summary>
    /// <param name="lines">A line for each trait, in their order.</param>
    public Screener With(ImmutableArray<ProxyLine> lines) => new(Model, Traits, Options) { Lines = lines };

    /// <summary>The same screener, its proxy fitted by least squares to the full base of some rows.</summary>
    /// <param name="rows">The rows; those that cannot be used are passed over.</param>
    /// <param name="cancellation">Ends it between layers.</param>
    /// <exception cref="ArgumentException">Fewer than two rows can be used.</exception>
    public Screener Calibrated(IEnumerable<ScreenRow> rows, CancellationToken cancellation = default)
    {
        var full = new Screener(Model, Traits, Options with { Mode = ScreenMode.Full, CalibrateOn = 0 });
        var scored = full.Score(rows, cancellation).SelectMany(window => window).Where(row => row.Scores is not null).Select(row => row.Scores!).ToList();
        return scored.Count >= 2
            ? With([.. Traits.Select(trait => ProxyLine.Fit([.. scored.Select(scores => ((double)scores[trait.Name].PromptLast, (double)scores[trait.Name].Base))]))])
            : throw new ArgumentException($"Screen: {scored.Count} rows to calibrate on can be used — at least 2 are needed. Screen without calibration.", nameof(rows));
    }

    /// <summary>Scores rows in their order, a window of them at a time; nothing of a window stays in memory once it is handed on.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="cancellation">Ends it between layers; the window under way is lost.</param>
    public IEnumerable<IReadOnlyList<ScreenedRow>> Score(IEnumerable<ScreenRow> rows, CancellationToken cancellation = default) =>
        rows.Chunk(Options.Window).Select(window => Score(window, cancellation));

    /// <summary>What the model answers by itself to the prompts of rows that can be used, in their order.</summary>
    internal string[] OwnAnswersTo(IEnumerable<ScreenRow> rows, CancellationToken cancellation) =>
        _own.Of([.. rows.Select(row => (row.Line, row.Sample!.Prompt.Encode(Model)))], cancellation);

    /// <summary>An answer's tokens behind its prompt's.</summary>
    internal EncodedExample Encode(int[] prompt, string answer) =>
        new([.. prompt, .. Model.RequireTokenizer().Encode(answer, addSpecialTokens: false, parseSpecialTokens: false)], prompt.Length);

    private ScreenedRow[] Score(ScreenRow[] window, CancellationToken cancellation)
    {
        var results = new ScreenedRow[window.Length];
        var usable = new List<Usable>();
        foreach (var (place, row) in window.Index())
            if (Encode(row, out var problem) is { } text)
                usable.Add(new Usable(place, row, text));
            else
                results[place] = ScreenedRow.Unusable(problem!);
        if (Options.Mode == ScreenMode.Full)
            usable = WithOwnAnswers(usable, results, cancellation);
        var readings = _reader.Read([.. usable.Select(row => row.Text), .. usable.Select(row => row.Own).OfType<EncodedExample>()], cancellation);
        foreach (var (index, row) in usable.Index())
            results[row.Place] = new ScreenedRow(row.Row.Line, row.Row.Sample!.Hash, Scores(readings[index], row.Own is null ? null : readings[usable.Count + index]), row.OwnAnswer);
        return results;
    }

    private List<Usable> WithOwnAnswers(List<Usable> rows, ScreenedRow[] results, CancellationToken cancellation)
    {
        string[] answers = _own.Of([.. rows.Select(row => (row.Row.Line, row.Text.Ids[..row.Text.PromptLength]))], cancellation);
        var answered = new List<Usable>(rows.Count);
        foreach (var (row, answer) in rows.Zip(answers))
            if (Encode(row.Text.Ids[..row.Text.PromptLength], answer) is var own && own.Ids.Length > own.PromptLength)
                answered.Add(row with { OwnAnswer = answer, Own = own });
            else
                results[row.Place] = ScreenedRow.Unusable(new DataProblem(row.Row.Line, DataProblemKind.EmptyAnswer, "the model's own answer is empty, so there is nothing to compare with"));
        return answered;
    }

    private EncodedExample? Encode(ScreenRow row, out DataProblem? problem)
    {
        EncodedExample? text = null;
        problem = row.Problem;
        if (row.Sample is not { } sample)
            return null;
        try
        {
            text = Encode(sample.Prompt.Encode(Model), sample.Answer);
            problem = ProblemOf(text) is (var kind, var reason) ? new DataProblem(row.Line, kind, reason) : null;
        }
        catch (ChatTemplateException e)
        {
            problem = new DataProblem(row.Line, DataProblemKind.NotRenderable, e.Message);
        }
        return problem is null ? text : null;
    }

    private (DataProblemKind Kind, string Reason)? ProblemOf(EncodedExample text)
    {
        // A model with learned positions can neither read further nor answer where its prompt fills them.
        int most = Model.Decoder.Positions is null ? Options.MaxTokens : Math.Min(Options.MaxTokens, Model.Config.MaxPositions - 1);
        return text.PromptLength == 0 ? (DataProblemKind.NotRenderable, "its prompt has no token")
            : text.Ids.Length == text.PromptLength ? (DataProblemKind.EmptyAnswer, "its answer has no words; calls of tools are not screened")
            : text.Ids.Length > most ? (DataProblemKind.TooLong, $"it has {text.Ids.Length} tokens, at most {most} are allowed")
            : null;
    }

    private Dictionary<string, TraitScore> Scores(TraitReading[] sample, TraitReading[]? own) => Traits.Index().ToDictionary(trait => trait.Item.Name, trait =>
    {
        var reading = sample[trait.Index];
        float compared = own is not null ? own[trait.Index].Response : Options.Mode == ScreenMode.PromptProxy ? Lines[trait.Index].At(reading.PromptLast) : 0;
        return new TraitScore(reading.Response, reading.PromptLast, compared, reading.Response - compared, reading.Cosine);
    });

    /// <summary>A row of a window that can be used, and what becomes of it on the way.</summary>
    private sealed record Usable(int Place, ScreenRow Row, EncodedExample Text, string? OwnAnswer = null, EncodedExample? Own = null);
}
