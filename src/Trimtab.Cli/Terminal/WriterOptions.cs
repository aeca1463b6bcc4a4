using System.CommandLine;
using Trimtab.Evaluation.Endpoints;

namespace Trimtab.Cli;

/// <summary>--model or --endpoint: a chat model that writes what others are measured with.</summary>
/// <param name="verb">The verb, for messages.</param>
internal sealed class WriterOptions(string verb)
{
    private readonly ModelOptions _model = new();
    private readonly ChatEndpointOptions _endpoint = new();

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_model);
        _endpoint.AddTo(command);
    }

    /// <summary>Has the model do something.</summary>
    /// <param name="parsed">What was given.</param>
    /// <param name="maxTokens">The most tokens of an answer.</param>
    /// <param name="use">What it does.</param>
    /// <exception cref="ArgumentException">Neither a model nor an endpoint is given, or both are.</exception>
    public T With<T>(ParseResult parsed, int maxTokens, Func<IChatModel, T> use)
    {
        bool isLocal = parsed.GetResult(_model.Path) is { Implicit: false };
        if (isLocal == _endpoint.IsGiven(parsed))
            throw new ArgumentException($"{verb}: give either --model or --endpoint — a model that follows long instructions. Pip, which comes with the program, cannot.");
        using var loaded = isLocal ? _model.Load(parsed) : null;
        return use(loaded is null ? new EndpointChatModel(_endpoint.Read(parsed), maxTokens) : new LocalChatModel(loaded, maxTokens));
    }
}
