using System.CommandLine;
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
    public ChosenJudges Create(ParseResult parsed, TraitArtefact artefact, World world)
    {
        var kind = parsed.GetValue(_judge);
        RequireOnlyFor(JudgeKind.Model, kind, IsGiven(parsed, _model), "--judge-model");
        RequireOnlyFor(JudgeKind.Endpoint, kind, IsGiven(parsed, _requests) || _endpoint.IsGiven(parsed), "--endpoint");
        return kind switch
        {
            JudgeKind.Rules => ByRules(Instruments.For(world), artefact),
            JudgeKind.Model => ByModel(parsed.GetValue(_model) ?? throw new ArgumentException("--judge model needs --judge-model PATH."), artefact),
            _ => ByEndpoint(parsed, artefact),
        };
    }

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

    private ChosenJudges ByEndpoint(ParseResult parsed, TraitArtefact artefact)
    {
        var endpoint = _endpoint.Read(parsed, parsed.GetValue(_requests));
        return new ChosenJudges(new EndpointJudge(endpoint, artefact.Rubric), new EndpointJudge(endpoint, CoherenceRubric.Text), null);
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
