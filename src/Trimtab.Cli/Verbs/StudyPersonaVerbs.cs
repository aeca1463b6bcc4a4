using System.CommandLine;
using Trimtab.Cli.Studies;
using Trimtab.Evaluation.Reports;
using Trimtab.Evaluation.Screening;
using Trimtab.Evaluation.Studies;
using Trimtab.Evaluation.Sweeps;
using Trimtab.Organism;
using Trimtab.Steering;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab study monitoring, screening and fine-tuning: what persona vectors foretell before an answer, before training and after it.</summary>
internal static class StudyPersonaVerbs
{
    /// <summary>trimtab study monitoring.</summary>
    public static Command Monitoring()
    {
        var trait = TraitOption();
        var rollouts = CommonOptions.Number("--rollouts", "Answers drawn for each question of a condition.", new MonitoringStudyOptions().Rollouts);
        return new StudyCommand("monitoring", "Readings before the answer against the trait of the answer, over graded system prompts and demonstrations.")
            .Does((parsed, organism, cancellation) => Monitor(organism, parsed.GetValue(trait), new MonitoringStudyOptions { Rollouts = parsed.GetValue(rollouts) }, cancellation), trait, rollouts);
    }

    /// <summary>trimtab study screening.</summary>
    public static Command Screening()
    {
        var trait = TraitOption();
        var count = CommonOptions.Number("--count", "Chats of each set.", new ScreeningStudyOptions().Count);
        return new StudyCommand("screening", "Which samples of data sets with a trait, and with narrow flaws, the projection difference finds, beside a text judge.")
            .Does((parsed, organism, cancellation) => Screen(organism, parsed.GetValue(trait), new ScreeningStudyOptions { Count = parsed.GetValue(count) }, cancellation), trait, count);
    }

    /// <summary>trimtab study fine-tuning.</summary>
    public static Command FineTuning()
    {
        var count = CommonOptions.Number("--count", "Chats of each set.", new FineTuningStudyOptions().Count);
        var work = new Option<string>("--work") { Description = "The folder for the adapters; those that are there already are not trained again.", DefaultValueFactory = _ => "fine-tuning" };
        return new StudyCommand("fine-tuning", "Data sets of three traits in three severities and three narrow flaws: what their projection difference and the model's shift foretell of the trained model.")
            .Does((parsed, organism, cancellation) => Tune(organism, new FineTuningStudyOptions { Count = parsed.GetValue(count) }, parsed.GetValue(work)!, cancellation), count, work);
    }

    /// <summary>Runs the study of monitoring, at every block.</summary>
    public static StudyOutcome Monitor(StudiedOrganism organism, Trait trait, MonitoringStudyOptions options, CancellationToken cancellation)
    {
        var pairs = new TraitSweep(organism.Model, organism.World, organism.Judges, trait).Contrast(cancellation).GetAwaiter().GetResult();
        var vector = new MeanDifference().Fit(organism.Model, pairs, null, cancellation);
        var study = new MonitoringStudy(organism.Model, organism.World, organism.Judges, trait, vector, [.. vector.Layers], options);
        var result = ProgressBar.Over("Conditions", study.Conditions().Count, progress => study.Run(progress, cancellation));
        return new StudyOutcome(result, result.ToMarkdown(), result.Claims) { Charts = StudyCharts.Of(result) };
    }

    /// <summary>Runs the study of screening.</summary>
    public static StudyOutcome Screen(StudiedOrganism organism, Trait trait, ScreeningStudyOptions options, CancellationToken cancellation)
    {
        var study = new ScreeningStudy(organism.Model, organism.World, organism.Judges, options);
        var result = ProgressBar.Over("Sets", ScreeningStudy.PartCount, progress => study.Run(trait, progress, cancellation).GetAwaiter().GetResult());
        return new StudyOutcome(result, result.ToMarkdown(), result.Claims) { Charts = StudyCharts.Of(result) };
    }

    /// <summary>Runs the study of fine-tuning.</summary>
    public static StudyOutcome Tune(StudiedOrganism organism, FineTuningStudyOptions options, string work, CancellationToken cancellation)
    {
        var tuner = new AdapterTuner(organism.Model, null, StudyPreventionVerb.Tuning(), work);
        var result = new FineTuningStudy(organism.Model, organism.World, organism.Judges, tuner.Tune, options).Run(EvalVerb.Said, cancellation).GetAwaiter().GetResult();
        return new StudyOutcome(result, result.ToMarkdown(), result.Claims) { Charts = StudyCharts.Of(result) };
    }

    private static Option<Trait> TraitOption() => new("--trait") { Description = "The trait.", DefaultValueFactory = _ => Trait.Evil };
}
