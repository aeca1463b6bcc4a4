using System.CommandLine;
using Trimtab.Models;
using Trimtab.Steering.Monitoring;
using Trimtab.Training.Data;

namespace Trimtab.Cli.Verbs;

/// <summary>A file of conversations that is read from beginning to end, --max-tokens, and --skip-unusable.</summary>
internal sealed class ChatFileOptions
{
    private readonly Argument<string> _path = new("chats") { Description = "Conversations: JSON lines {\"messages\": [{\"role\", \"content\"}, …]}, as tune reads them." };
    private readonly Option<int> _maxTokens = CommonOptions.Number("--max-tokens", "The longest conversation.", new ChatDatasetOptions().MaxTokens);
    private readonly Option<bool> _skip = new("--skip-unusable") { Description = "Go on without lines that cannot be used, and report them, instead of refusing the file." };

    /// <summary>Adds argument and options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Arguments.Add(_path);
        command.Options.Add(_maxTokens);
        command.Options.Add(_skip);
    }

    /// <summary>The file.</summary>
    public string Path(ParseResult parsed) => parsed.GetValue(_path)!;

    /// <summary>Sends the conversations through a reader, a few at a time.</summary>
    public void Each(ParseResult parsed, LoadedModel model, Func<IEnumerable<LossText>, IEnumerable<MonitoredConversation>> read, Action<MonitoredConversation> take)
    {
        string path = Path(parsed);
        var options = new ChatDatasetOptions { MaxTokens = parsed.GetValue(_maxTokens), UnusableLines = parsed.GetValue(_skip) ? UnusableLines.Skip : UnusableLines.Refuse };
        var texts = ChatDataset.Stream(path, ChatEncoder.Of(model), options, problem => Console.Error.WriteLine($"{path}: line {problem.Line} is left out — {problem.Reason}"));
        int count = File.ReadLines(path).Count(line => !string.IsNullOrWhiteSpace(line));
        ProgressBar.Over("Reading", count, progress =>
        {
            int done = 0;
            foreach (var conversation in read(texts))
            {
                take(conversation);
                progress.Report(++done);
            }
            return done > 0 ? done : throw new FormatException($"{path}: there is no conversation in it — a JSON object with messages is expected on every line.");
        });
    }
}
