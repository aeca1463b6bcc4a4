using System.CommandLine;
using Trimtab.Evaluation.Judges;
using Trimtab.Models;
using Trimtab.Organism;
using Trimtab.Tensors.Files;

namespace Trimtab.Cli.Studies;

/// <summary>What studies of the organism share: the model, its world and judges, and what is written at the end.</summary>
/// <param name="name">The verb.</param>
/// <param name="description">What it does.</param>
internal sealed class StudyCommand(string name, string description)
{
    private readonly ModelOptions _model = new();
    private readonly Option<bool> _json = CommonOptions.Json();
    private readonly Option<int> _world = CommonOptions.Number("--world", "The seed of the world that the organism was grown in.", 1);
    private readonly Option<string?> _output = new("--output", "-o") { Description = "A Markdown file for the whole study." };

    /// <summary>The command.</summary>
    /// <param name="run">Runs the study.</param>
    /// <param name="own">The verb's own options.</param>
    public Command Does(Func<ParseResult, StudiedOrganism, CancellationToken, StudyOutcome> run, params IEnumerable<Option> own)
    {
        var command = new Command(name, description) { _output, _world, _model, _json };
        foreach (var option in own)
            command.Options.Add(option);
        return command.Does((parsed, cancellation) =>
        {
            using var loaded = _model.LoadToTrain(parsed);
            var outcome = run(parsed, StudiedOrganism.Of(loaded, parsed.GetValue(_world)), cancellation);
            if (parsed.GetValue(_json))
                JsonOutput.Print(outcome.ToJson());
            else
                Console.Out.Write(outcome.Text);
            if (parsed.GetValue(_output) is { } page)
                AtomicFile.WriteText(page, outcome.Text);
        });
    }
}

/// <summary>A model organism, its world, and the judges of that world.</summary>
internal sealed record StudiedOrganism(LoadedModel Model, World World, Instruments Judges)
{
    /// <summary>The organism of a model.</summary>
    public static StudiedOrganism Of(LoadedModel model, int world)
    {
        var home = World.Create(world);
        return new StudiedOrganism(model, home, Instruments.For(home));
    }
}
