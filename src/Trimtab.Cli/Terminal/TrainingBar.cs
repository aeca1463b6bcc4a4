using System.Diagnostics;
using System.Globalization;
using Spectre.Console;
using Trimtab.Training;

namespace Trimtab.Cli;

/// <summary>A progress bar of a training run on standard error, with loss, tokens per second and time left; where that is no terminal, a line now and then.</summary>
internal static class TrainingBar
{
    // Lines of a log, over the whole run.
    private const int Lines = 20;

    /// <summary>Runs work that reports its steps.</summary>
    public static void Over(string title, long steps, Action<IProgress<TrainingStep>> work)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        if (!console.Profile.Out.IsTerminal)
        {
            work(new Log(steps));
            return;
        }
        console.Progress().AutoClear(true).Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context => work(new Bar(title, context.AddTask(Markup.Escape(title), maxValue: steps))));
    }

    private sealed class Speed
    {
        private readonly long _start = Stopwatch.GetTimestamp();
        private long _tokens;

        // Losses jump from step to step; the mean of the latest dozen shows where they go.
        private double _loss = double.NaN;

        public string Add(TrainingStep step)
        {
            _tokens += step.Tokens;
            _loss = double.IsNaN(_loss) ? step.Loss : _loss + (step.Loss - _loss) / 12;
            return string.Create(CultureInfo.InvariantCulture, $"loss {_loss:F3}, {_tokens / Stopwatch.GetElapsedTime(_start).TotalSeconds:F0} tokens/s");
        }
    }

    private sealed class Bar(string title, ProgressTask task) : IProgress<TrainingStep>
    {
        private readonly Speed _speed = new();

        public void Report(TrainingStep value)
        {
            task.Value = value.Step;
            task.Description = Markup.Escape($"{title}: {_speed.Add(value)}");
        }
    }

    private sealed class Log(long steps) : IProgress<TrainingStep>
    {
        private readonly Speed _speed = new();

        public void Report(TrainingStep value)
        {
            string line = _speed.Add(value);
            if (value.Step == steps || value.Step * Lines / steps != (value.Step - 1) * Lines / steps)
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"step {value.Step} of {steps}: {line}, learning rate {value.LearningRate:G3}"));
        }
    }
}
