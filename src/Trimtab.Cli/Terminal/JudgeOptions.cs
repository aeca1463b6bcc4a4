using System.CommandLine;
using Trimtab.Evaluation.Endpoints;
using Trimtab.Evaluation.Judges;
using Trimtab.Evaluation.Personas;
using Trimtab.Models;
using Trimtab.Organism;

namespace Trimtab.Cli;

/// <summary>Who judges answers.</summary>
internal enum JudgeKind
{
    /// <summary>The rules of the organism's world.</summary>
    Rules,
    /// <summary>A model on this machine.</summary>
    Model,
    /// <summary>A model behind an endpoint.</summary>
    Endpoint,
}

/// <summary>--judge and what each of its choices needs: who judges how much answers show a trait, and whether they are sound.</summary>
internal sealed class JudgeOptions
{
    private readonly Option<JudgeKind> _judge = new("--judge") { Description = "Who judges answers: rules (for models grown in this program's world), model or endpoint.", DefaultValueFactory = _ => JudgeKind.Rules };
    private readonly Option<string?> _model = new("--judge-model") { Description = "With --judge model: a folder or .gguf file of an instruction-tuned model." };
    private readonly Option<int> _requests = new("--endpoint-requests") { Description = "With --judge endpoint: the most requests at once.", DefaultValueFactory = _ => 16 };
    private readonly ChatEndpointOptions _endpoint = new();

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_judge, _model, _requests])
            command.Options.Add(option);
        _endpoint.AddTo(command);
    }

    /// <summary>The judges of a trait; to be disposed of when everything is judged.</summary>
    /// <param name="parsed">What was given.</param>
    /// <param name="artefact">The trait, with the rubric that models are asked by.</param>
    /// <param name="world">The world whose rules judge, where rules do.</param>
    /// <param name="cancellation">Ends the trial of an endpoint.</param>
    public ChosenJudges Create(ParseResult parsed, TraitArtefact artefact, World world, CancellationToken cancellation = default)
    {
        var kind = Kind(parsed);
        return kind switch
        {
            JudgeKind.Rules => ByRules(Instruments.For(world), artefact),
            JudgeKind.Model => ByModel(Model(parsed), artefact),
            _ => ByEndpoint(parsed, artefact, cancellation),
        };
    }

    /// <summary>Has the model that judges do something else: it writes what it will judge by.</summary>
    /// <param name="parsed">What was given.</param>
    /// <param name="maxTokens">The most tokens of an answer.</param>
    /// <param name="use">What it does.</param>
    /// <exception cref="ArgumentException">Rules judge, and they write nothing.</exception>
    public T With<T>(ParseResult parsed, int maxTokens, Func<IChatModel, T> use)
    {
        var kind = Kind(parsed);
        if (kind == JudgeKind.Rules)
            throw new ArgumentException("--describe: nobody is there to write what the trait is measured with — rules judge, and they cannot write. Give --writer-model or --writer-endpoint, or let a model or an endpoint judge.");
        using var loaded = kind == JudgeKind.Model ? ModelLoader.Load(Model(parsed)) : null;
        return use(loaded is null ? new EndpointChatModel(_endpoint.Read(parsed), maxTokens) : new LocalChatModel(loaded, maxTokens));
    }

    private JudgeKind Kind(ParseResult parsed)
    {
        var kind = parsed.GetValue(_judge);
        RequireOnlyFor(JudgeKind.Model, kind, IsGiven(parsed, _model), "--judge-model");
        RequireOnlyFor(JudgeKind.Endpoint, kind, IsGiven(parsed, _requests) || _endpoint.IsGiven(parsed), "--endpoint");
        return kind;
    }

    private string Model(ParseResult parsed) => parsed.GetValue(_model) ?? throw new ArgumentException("--judge model needs --judge-model PATH.");

    private static ChosenJudges ByRules(Instruments judges, TraitArtefact artefact) => new(RuleJudge.Of(judges, artefact), RuleJudge.OfCoherence(judges), null);

    private static ChosenJudges ByModel(string path, TraitArtefact artefact)
    {
        var model = ModelLoader.Load(path);
        try
        {
            return new ChosenJudges(new ModelJudge(model, artefact.Rubric), new ModelJudge(model, CoherenceRubric.Text), model);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private ChosenJudges ByEndpoint(ParseResult parsed, TraitArtefact artefact, CancellationToken cancellation)
    {
        var endpoint = _endpoint.Read(parsed, parsed.GetValue(_requests));
        IAnswerJudge Judge(string rubric) => EndpointJudge.Create(endpoint, rubric, cancellation).GetAwaiter().GetResult();
        return new ChosenJudges(Judge(artefact.Rubric), Judge(CoherenceRubric.Text), null);
    }

    private static bool IsGiven(ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };

    // An option that the choice does not read would be ignored, silently.
    private static void RequireOnlyFor(JudgeKind kind, JudgeKind chosen, bool isGiven, string option)
    {
        if (isGiven && chosen != kind)
            throw new ArgumentException($"{option} goes with --judge {kind.ToString().ToLowerInvariant()}, and --judge is {chosen.ToString().ToLowerInvariant()}.");
    }
}

/// <summary>The judges of a run.</summary>
/// <param name="Trait">How much an answer shows the trait.</param>
/// <param name="Coherence">Whether an answer is sound.</param>
/// <param name="Model">The model that both ask, where one was loaded for them.</param>
internal sealed record ChosenJudges(IAnswerJudge Trait, IAnswerJudge Coherence, LoadedModel? Model) : IDisposable
{
    public void Dispose() => Model?.Dispose();
}
