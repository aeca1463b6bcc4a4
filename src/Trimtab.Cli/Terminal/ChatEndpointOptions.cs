using System.CommandLine;
using Trimtab.Evaluation.Endpoints;

namespace Trimtab.Cli;

/// <summary>--endpoint, --endpoint-model and --key-variable: a model behind an OpenAI-compatible endpoint.</summary>
/// <param name="prefix">What stands before the options' names, such as "writer-", for a verb that may have two endpoints.</param>
internal sealed class ChatEndpointOptions(string prefix = "")
{
    private readonly Option<string?> _address = new($"--{prefix}endpoint") { Description = "The address of an OpenAI-compatible API, such as http://localhost:8080/v1." };
    private readonly Option<string?> _model = new($"--{prefix}endpoint-model") { Description = "The model's name at the endpoint." };
    private readonly Option<string?> _key = new($"--{prefix}key-variable") { Description = "The environment variable that holds the endpoint's key; without it no key is sent." };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_address, _model, _key])
            command.Options.Add(option);
    }

    /// <summary>Whether any of the options was given.</summary>
    public bool IsGiven(ParseResult parsed) => ((Option[])[_address, _model, _key]).Any(option => parsed.GetResult(option) is { Implicit: false });

    /// <summary>The endpoint.</summary>
    /// <param name="parsed">What was given.</param>
    /// <param name="concurrency">The most requests at once.</param>
    public ChatEndpoint Read(ParseResult parsed, int concurrency = 1)
    {
        if (parsed.GetValue(_address) is not { } address || parsed.GetValue(_model) is not { } model)
            throw new ArgumentException($"An endpoint needs both {_address.Name} URL and {_model.Name} NAME.");
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri))
            throw new FormatException($"{_address.Name}: '{address}' is no address. Write one such as http://localhost:8080/v1.");
        return new ChatEndpoint(new EndpointOptions { Address = uri, Model = model, Concurrency = concurrency }, parsed.GetValue(_key) is { } variable ? Key(variable) : null);
    }

    // The key itself on the command line would stay in the shell's history.
    private string Key(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } key ? key
        : throw new ArgumentException($"{_key.Name}: the environment variable {variable} is empty. Set it to the key.");
}
