using System.CommandLine;
using Trimtab.Models;

namespace Trimtab.Cli;

/// <summary>--model and --quantize: the model that a verb runs.</summary>
internal sealed class ModelOptions
{
    /// <summary>--model.</summary>
    public Option<string> Path { get; } = CommonOptions.Model();

    /// <summary>--quantize.</summary>
    public Option<string?> Quantise { get; } = CommonOptions.Quantise();

    /// <summary>Loads the model. What quantising leaves as it is stored is said on standard error.</summary>
    public LoadedModel Load(ParseResult parsed)
    {
        var options = parsed.GetValue(Quantise) is { } type ? new LoadOptions { Quantise = ElementTypes.Parse(Quantise.Name, type, ElementTypes.OnLoad) } : LoadOptions.Default;
        var model = ModelLoader.Load(parsed.GetValue(Path)!, options);
        foreach (string note in model.Quantisation?.Notes ?? [])
            Console.Error.WriteLine($"{Quantise.Name} {parsed.GetValue(Quantise)}: {note}");
        return model;
    }
}

/// <summary>Lets a command's list of options name the model in one word.</summary>
internal static class ModelOptionsOfCommand
{
    /// <summary>Adds the options to a command.</summary>
    public static void Add(this Command command, ModelOptions options)
    {
        command.Options.Add(options.Path);
        command.Options.Add(options.Quantise);
    }
}
