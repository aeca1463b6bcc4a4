using System.CommandLine;
using Trimtab.Evaluation.Endpoints;
using Trimtab.Evaluation.Personas;
using Trimtab.Models;

namespace Trimtab.Cli;

/// <summary>--describe and who writes: what a trait is measured with, from one sentence, in the folder of the run that needs it. Without --writer-model or --writer-endpoint the judging model writes.</summary>
internal sealed class DescribeOptions
{
    /// <summary>The file in the run's folder.</summary>
    public const string FileName = "artefact.json";

    private readonly Option<string?> _description = new("--describe") { Description = "One sentence that says what a new trait is: a chat model first writes what it is measured with, into the run's folder." };
    private readonly Option<string?> _model = new("--writer-model") { Description = "With --describe: a folder or .gguf file of an instruction-tuned model that writes; by default the model or endpoint that judges." };
    private readonly Option<int> _attempts = CommonOptions.Number("--attempts", "With --describe: how often the model may write; it is told what is wrong.", ArtefactWriting.Attempts);
    private readonly ChatEndpointOptions _endpoint = new("writer-");

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_description, _model, _attempts])
            command.Options.Add(option);
        _endpoint.AddTo(command);
    }

    /// <summary>Whether a trait is described.</summary>
    public bool IsGiven(ParseResult parsed) => IsGiven(parsed, _description);

    /// <summary>The artefact of the run's folder, written first where it is not there; null where no trait is described.</summary>
    /// <param name="parsed">What was given.</param>
    /// <param name="name">The trait.</param>
    /// <param name="folder">The folder of the run.</param>
    /// <param name="judge">Who judges, and writes where nobody else is named.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="ArgumentException">The folder's artefact is another one, or nobody can write.</exception>
    public TraitArtefact? Read(ParseResult parsed, string name, string folder, JudgeOptions judge, CancellationToken cancellation)
    {
        if (parsed.GetValue(_description) is not { } description)
        {
            if (IsGiven(parsed, _model) || IsGiven(parsed, _attempts) || _endpoint.IsGiven(parsed))
                throw new ArgumentException("--writer-model, --writer-endpoint and --attempts say how a trait is written, and none is described. Give --describe as well.");
            return null;
        }
        string file = Path.Combine(folder, FileName);
        if (!File.Exists(file))
        {
            var written = With(parsed, judge, model => ArtefactWriting.Write(new TraitAuthor(model, parsed.GetValue(_attempts)), name, description, cancellation));
            Directory.CreateDirectory(folder);
            written.Save(file);
        }
        var artefact = TraitArtefact.Load(file);
        return (artefact.Name, artefact.Description) == (name, description) ? artefact
            : throw new ArgumentException($"--describe: {file} is about '{artefact.Name}': \"{artefact.Description}\" — given was '{name}': \"{description}\". Give the same sentence to go on, or another folder.");
    }

    private T With<T>(ParseResult parsed, JudgeOptions judge, Func<IChatModel, T> use)
    {
        string? path = parsed.GetValue(_model);
        if (path is not null && _endpoint.IsGiven(parsed))
            throw new ArgumentException("--writer-model and --writer-endpoint are both given, and one writer is enough. Leave one away.");
        if (path is null)
            return _endpoint.IsGiven(parsed) ? use(new EndpointChatModel(_endpoint.Read(parsed), TraitAuthor.AnswerTokens)) : judge.With(parsed, TraitAuthor.AnswerTokens, use);
        using var loaded = ModelLoader.Load(path);
        return use(new LocalChatModel(loaded, TraitAuthor.AnswerTokens));
    }

    private static bool IsGiven(ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };
}
