using Spectre.Console;

namespace Trimtab.Cli;

/// <summary>A progress bar on standard error, so that standard output stays what the command produces.</summary>
internal static class ProgressBar
{
    /// <summary>Runs work that reports how many of <paramref name="total"/> steps are done.</summary>
    public static T Over<T>(string title, int total, Func<IProgress<int>, T> work)
    {
        var console = StandardError();
        if (!console.Profile.Out.IsTerminal)
            return work(new Progress<int>());
        return console.Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                var task = context.AddTask(Markup.Escape(title), maxValue: total);
                return work(new Steps(task));
            });
    }

    /// <summary>Standard error, as a console that knows whether it is a terminal.</summary>
    public static IAnsiConsole StandardError() => AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });

    private sealed class Steps(ProgressTask task) : IProgress<int>
    {
        public void Report(int value) => task.Value = value;
    }
}
