using System.Diagnostics;
using System.Globalization;
using Spectre.Console;
using Trimtab.Models.Hooks;
using Trimtab.Training;
using Trimtab.Training.Sae;

namespace Trimtab.Cli;

/// <summary>A progress bar of a training run on standard error, with its losses, its speed and the time left; where that is no terminal, a line now and then.</summary>
internal static class TrainingBar
{
    // Lines of a log, over the whole run.
    private const int Lines = 20;

    // Losses jump from step to step; a mean over about a dozen shows where they go.
    private const int Smoothing = 12;

    /// <summary>Runs the training of a model, which reports its steps.</summary>
    public static void Over(string title, long steps, Action<IProgress<TrainingStep>> work)
    {
        var (speed, loss) = (new Speed(), double.NaN);
        Show(title, steps, lines => work(new Reporter<TrainingStep>(step =>
        {
            loss = double.IsNaN(loss) ? step.Loss : loss + (step.Loss - loss) / Smoothing;
            lines.Report((step.Step, string.Create(CultureInfo.InvariantCulture, $"loss {loss:F3}, {speed.Add(step.Tokens):F0} tokens/s, learning rate {step.LearningRate:G3}")));
        })));
    }

    /// <summary>Runs the training of sparse autoencoders, which report their steps in turn.</summary>
    /// <param name="title">What is done.</param>
    /// <param name="steps">The steps of each.</param>
    /// <param name="recovered">Measures the share of the model's loss that an autoencoder's reconstruction keeps; asked some times over the run.</param>
    /// <param name="work">The training.</param>
    public static void OverSae(string title, long steps, Func<HookPoint, double?> recovered, Action<IProgress<(HookPoint At, SaeStep Step)>> work)
    {
        var speed = new Speed();
        var kept = new Dictionary<HookPoint, double?>();
        Show(title, steps, lines => work(new Reporter<(HookPoint At, SaeStep Step)>(report =>
        {
            var (at, step) = report;
            if (IsDue(step.Step, steps, Lines / 2))
                kept[at] = recovered(at);
            string share = kept.TryGetValue(at, out double? value) ? string.Create(CultureInfo.InvariantCulture, $", loss recovered {value:P1}") : "";
            lines.Report((step.Step, string.Create(CultureInfo.InvariantCulture,
                $"{at}: L0 {step.Loss.L0:F1}, FVU {step.Loss.Fvu:P1}, dead {step.DeadShare:P1}{share}, {speed.Add(step.Rows):F0} rows/s")));
        })));
    }

    private static void Show(string title, long steps, Action<IProgress<(long Step, string Line)>> work)
    {
        var console = ProgressBar.StandardError();
        if (!console.Profile.Out.IsTerminal)
        {
            var clock = new Remaining(steps);
            work(new Reporter<(long Step, string Line)>(report =>
            {
                var left = clock.After(report.Step);
                if (IsDue(report.Step, steps, Lines))
                    Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"step {report.Step} of {steps}: {report.Line}, {left:c} left"));
            }));
            return;
        }
        console.Progress().AutoClear(true).Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn()).Start(context =>
        {
            var task = context.AddTask(Markup.Escape(title), maxValue: steps);
            work(new Reporter<(long Step, string Line)>(report => (task.Value, task.Description) = (report.Step, Markup.Escape($"{title}: {report.Line}"))));
        });
    }

    // Whether a step is the last, or one of so many that divide the run evenly.
    private static bool IsDue(long step, long steps, int times) => step == steps || step * times / steps != (step - 1) * times / steps;

    // The time that is left in whole seconds, were the steps to come to take as long as those of this run did. A run that goes on begins at a later step.
    private sealed class Remaining(long steps)
    {
        private readonly long _start = Stopwatch.GetTimestamp();
        private long? _before;

        public TimeSpan After(long step)
        {
            long done = step - (_before ??= step - 1);
            double seconds = Stopwatch.GetElapsedTime(_start).TotalSeconds * (steps - step) / done;
            return TimeSpan.FromSeconds(Math.Round(Math.Min(seconds, int.MaxValue)));
        }
    }

    private sealed class Speed
    {
        private readonly long _start = Stopwatch.GetTimestamp();
        private long _count;

        public double Add(int count)
        {
            _count += count;
            return _count / Stopwatch.GetElapsedTime(_start).TotalSeconds;
        }
    }

    // Unlike Progress<T> it reports before the step goes on, on the same thread.
    private sealed class Reporter<T>(Action<T> report) : IProgress<T>
    {
        public void Report(T value) => report(value);
    }
}
