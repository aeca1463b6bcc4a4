using System.CommandLine;
using Trimtab.Models;
using Trimtab.Steering;

namespace Trimtab.Cli;

/// <summary>--data, --prompt and --questions: the contrasting answers that a method is fitted to, from a file or from what a prompt does.</summary>
internal sealed class ContrastOptions
{
    private readonly Option<string?> _data = new("--data", "-d") { Description = "Pairs of answers: JSON lines or a JSON list with question, positive, negative (or the published spellings). Required, unless there is a --prompt." };
    private readonly Option<string?> _prompt = new("--prompt", "-p") { Description = "A prompt to make a vector of: what it does, standing before each question, to the same answers. These are the positive ones of --data, or the model's own under the prompt." };
    private readonly Option<string?> _questions = new("--questions") { Description = "The questions that the model answers under --prompt: one a line, or JSON lines with question or prompt in a file named .jsonl. Without --data and --questions it answers the prompt alone." };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option<string?>[])[_data, _prompt, _questions])
            command.Options.Add(option);
    }

    /// <summary>Refuses options that do not go together, before a model is loaded.</summary>
    /// <exception cref="ArgumentException">There is nothing to fit to, or one option would be ignored.</exception>
    public void Check(ParseResult parsed)
    {
        var (data, prompt, questions) = (parsed.GetValue(_data), parsed.GetValue(_prompt), parsed.GetValue(_questions));
        if (prompt is null && questions is not null)
            throw new ArgumentException("--questions are answered under a prompt, and there is none. Give --prompt, or pairs of answers with --data.");
        if (prompt is null && data is null)
            throw new ArgumentException("--data is missing: there is nothing to fit to. Give a file with pairs of answers, or a --prompt to make a vector of.");
        if (data is not null && questions is not null)
            throw new ArgumentException("--data and --questions both say what is asked under --prompt. Give one of them.");
    }

    /// <summary>The pairs; those of a file that cannot be used are named on standard error.</summary>
    public ContrastSet Read(ParseResult parsed, LoadedModel model, PromptForm form, CancellationToken cancellation)
    {
        if (parsed.GetValue(_data) is { } file)
            return parsed.GetValue(_prompt) is { } before ? Load(file).OfPrompt(before) : Load(file);
        IReadOnlyList<string> questions = parsed.GetValue(_questions) is { } path ? PromptFile.Load(path) : [""];
        return ProgressBar.Over("Answering", questions.Count, progress => PromptPairs.Answered(model, parsed.GetValue(_prompt)!, questions, form, progress: progress, cancellation: cancellation));
    }

    /// <summary>A file of pairs. Those that cannot be used are named on standard error.</summary>
    public static ContrastSet Load(string path)
    {
        var pairs = ContrastSet.Load(path);
        foreach (var problem in pairs.Problems)
            Console.Error.WriteLine($"{path}: {(path.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase) ? "line" : "item")} {problem.Line} is left out — {problem.Reason}");
        return pairs;
    }
}
