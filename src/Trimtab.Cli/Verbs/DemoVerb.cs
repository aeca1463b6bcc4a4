using System.CommandLine;
using Trimtab.Evaluation.Sweeps;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab demo: the main job on the embedded model. Fits a direction for a trait, chooses layer and strength, steers, measures beside controls, and writes a page.</summary>
internal static class DemoVerb
{
    public static Command Create()
    {
        var sweep = new SweepCommand("demo", "Fits a direction for a trait on the embedded model, chooses layer and strength, steers by it, and measures the change beside controls.");
        return sweep.Does(_ => new TraitSweepOptions());
    }
}
