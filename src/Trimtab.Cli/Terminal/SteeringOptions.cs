using System.CommandLine;
using System.Globalization;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Steering;

namespace Trimtab.Cli;

/// <summary>--plan, --steer and --steer-tokens: what a run is steered by.</summary>
internal sealed class SteeringOptions
{
    private readonly Option<string?> _plan = CommonOptions.Plan();
    private readonly Option<string[]> _steer = CommonOptions.Steer();
    private readonly Option<string> _tokens = CommonOptions.SteerTokens();

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_plan, _steer, _tokens])
            command.Options.Add(option);
    }

    /// <summary>The plan: that of the file first, then the vectors in the order given; null where there is neither.</summary>
    public SteeringPlan? ReadPlan(ParseResult parsed, LoadedModel model)
    {
        string? file = parsed.GetValue(_plan);
        var tokens = Tokens.Parse(parsed.GetValue(_tokens)!);
        Intervention[] steers = [.. parsed.GetValue(_steer)!.Select(text => ParseSteer(text, tokens, model))];
        if (steers.Length == 0 && parsed.GetResult(_tokens) is { Implicit: false })
            throw new ArgumentException("--steer-tokens says which tokens --steer changes, and there is no --steer. Give one, or write the tokens into the plan.");
        if (file is null && steers.Length == 0)
            return null;
        var plan = file is null ? SteeringPlan.None : SteeringPlan.Load(file);
        return plan with { Interventions = plan.Interventions.AddRange(steers) };
    }

    /// <summary>The plan, compiled for the model; null where none was given.</summary>
    public ISteering? Read(ParseResult parsed, LoadedModel model) => ReadPlan(parsed, model)?.Compile(model);

    /// <summary>VECTOR@LAYER:STRENGTH.</summary>
    internal static Intervention ParseSteer(string text, Tokens tokens, LoadedModel model)
    {
        int at = text.LastIndexOf('@'), colon = text.IndexOf(':', Math.Max(at, 0));
        if (at <= 0 || colon < at + 2 || colon == text.Length - 1)
            throw new FormatException($"--steer: '{text}' is not understood. Write VECTOR@LAYER:STRENGTH, such as evil.safetensors@14:0.08n.");
        string file = text[..at];
        var direction = new VectorDirection(SteeringVector.Load(file), From: null) { File = file };
        HookPoint[] points = [.. Layers(text[(at + 1)..colon], model).Select(HookPoint.ResidPost)];
        return new Intervention([.. points], tokens, new Add(direction, Strength.Parse(text[(colon + 1)..])));
    }

    private static IEnumerable<int> Layers(string text, LoadedModel model)
    {
        if (text == "all")
            return Enumerable.Range(0, model.LayerCount);
        int[] ends = [.. text.Split('-').Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int layer)
            ? layer
            : throw new FormatException($"--steer: the layer '{text}' is not understood. Write a number from 0, a range such as 3-5, or all."))];
        return ends.Length == 1 ? ends
            : ends.Length == 2 && ends[0] <= ends[1] ? Enumerable.Range(ends[0], ends[1] - ends[0] + 1)
            : throw new FormatException($"--steer: the range of layers '{text}' is not understood. Write first-last, such as 3-5.");
    }
}
