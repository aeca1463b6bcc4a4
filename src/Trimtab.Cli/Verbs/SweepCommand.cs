using System.CommandLine;
using Trimtab.Evaluation.Judges;
using Trimtab.Evaluation.Reports;
using Trimtab.Evaluation.Sweeps;
using Trimtab.Organism;
using Trimtab.Tensors.Files;

namespace Trimtab.Cli.Verbs;

/// <summary>What demo and sweep share: the trait, the model and its world, and what is written at the end.</summary>
/// <param name="name">The verb.</param>
/// <param name="description">What it does.</param>
internal sealed class SweepCommand(string name, string description)
{
    private readonly ModelOptions _model = new();
    private readonly Option<bool> _json = CommonOptions.Json();
    private readonly Option<Trait> _trait = new("--trait") { Description = "The trait to steer.", DefaultValueFactory = _ => Trait.Evil };
    private readonly Option<int> _world = new("--world") { Description = "The seed of the world that the model was grown in.", DefaultValueFactory = _ => 1 };
    private readonly Option<int> _seed = new("--seed") { Description = "Decides every draw.", DefaultValueFactory = _ => new TraitSweepOptions().Seed };
    private readonly Option<string> _output = new("--output", "-o") { Description = "The page with curves and answers.", DefaultValueFactory = _ => "report.html" };

    /// <summary>The command.</summary>
    /// <param name="read">What to try, but for the seed.</param>
    /// <param name="own">The verb's own options.</param>
    public Command Does(Func<ParseResult, TraitSweepOptions> read, params IEnumerable<Option> own)
    {
        var command = new Command(name, description) { _trait, _output, _seed, _world, _model, _json };
        foreach (var option in own)
            command.Options.Add(option);
        return command.Does((parsed, cancellation) =>
        {
            var options = read(parsed) with { Seed = parsed.GetValue(_seed) };
            using var loaded = _model.Load(parsed);
            var home = World.Create(parsed.GetValue(_world));
            var sweep = new TraitSweep(loaded, home, Instruments.For(home), parsed.GetValue(_trait), options);
            var result = ProgressBar.Over("Steering", sweep.PartCount, progress => sweep.Run(progress, cancellation).GetAwaiter().GetResult());
            if (parsed.GetValue(_json))
                JsonOutput.Print(SweepOutput.ToJson(result, options.LeastCoherence));
            else
                SweepOutput.Print(result, loaded.Name, parsed.GetValue(_output)!, options.LeastCoherence);
            AtomicFile.WriteText(parsed.GetValue(_output)!, result.ToHtml(loaded.Name, options.LeastCoherence));
        });
    }
}
