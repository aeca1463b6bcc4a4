using System.CommandLine;
using Trimtab.Models;
using Trimtab.Models.Generation;

namespace Trimtab.Cli;

/// <summary>How tokens are chosen and when to stop: what is not given follows the checkpoint's own recommendation.</summary>
internal sealed class SamplingOptions
{
    private readonly Option<int?> _maxTokens = new("--max-tokens", "-n") { Description = "The most tokens to generate." };
    private readonly Option<bool> _greedy = new("--greedy") { Description = "Always take the most likely token." };
    private readonly Option<bool> _sample = new("--sample") { Description = "Draw tokens, also where the checkpoint recommends greedy choice." };
    private readonly Option<float?> _temperature = new("--temperature") { Description = "Above 0; below 1 sharpens, above 1 flattens. Implies --sample." };
    private readonly Option<int?> _topK = new("--top-k") { Description = "Draw among the k most likely tokens; 0 for all. Implies --sample." };
    private readonly Option<float?> _topP = new("--top-p") { Description = "Draw among the most likely tokens that reach this probability together. Implies --sample." };
    private readonly Option<float?> _minP = new("--min-p") { Description = "Draw among tokens at least this fraction as likely as the most likely one. Implies --sample." };
    private readonly Option<float?> _penalty = new("--repetition-penalty") { Description = "Above 1 makes tokens that occurred less likely." };
    private readonly Option<int?> _seed = new("--seed") { Description = "Seed of the draws; the same seed gives the same text." };
    private readonly Option<string[]> _stop = new("--stop") { Description = "A text to stop at. Repeatable.", DefaultValueFactory = _ => [] };
    private readonly Option<bool> _ignoreEos = new("--ignore-eos") { Description = "Do not stop at the model's end tokens." };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_maxTokens, _greedy, _sample, _temperature, _topK, _topP, _minP, _penalty, _seed, _stop, _ignoreEos])
            command.Options.Add(option);
    }

    /// <summary>The options over the checkpoint's recommendation.</summary>
    public GenerationOptions Read(ParseResult parsed, LoadedModel model)
    {
        var defaults = model.GenerationDefaults;
        // A setting of the draw without a draw would have no effect, silently.
        bool greedy = parsed.GetValue(_greedy), sample = ((Option[])[_sample, _temperature, _topK, _topP, _minP]).Any(option => parsed.GetResult(option) is { Implicit: false });
        if (greedy && sample)
            throw new ArgumentException("--greedy excludes --sample, --temperature, --top-k, --top-p and --min-p.");
        return (defaults with
        {
            MaxTokens = parsed.GetValue(_maxTokens) ?? defaults.MaxTokens,
            Sample = !greedy && (sample || defaults.Sample),
            Temperature = parsed.GetValue(_temperature) ?? defaults.Temperature,
            TopK = parsed.GetValue(_topK) ?? defaults.TopK,
            TopP = parsed.GetValue(_topP) ?? defaults.TopP,
            MinP = parsed.GetValue(_minP) ?? defaults.MinP,
            RepetitionPenalty = parsed.GetValue(_penalty) ?? defaults.RepetitionPenalty,
            Seed = parsed.GetValue(_seed) ?? 0,
            StopStrings = [.. parsed.GetValue(_stop)!],
            StopTokens = parsed.GetValue(_ignoreEos) ? [] : defaults.StopTokens,
        }).Checked();
    }
}
