using System.CommandLine;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Models.Text;
using Trimtab.Tensors;
using Trimtab.Training;

namespace Trimtab.Cli;

/// <summary>Turns what can go wrong into one clear line and an exit code, without a stack trace.</summary>
internal static class Failures
{
    /// <summary>Gives a command its action.</summary>
    public static Command Does(this Command command, Action<ParseResult, CancellationToken> action)
    {
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(() => action(parsed, cancellation)), CancellationToken.None));
        return command;
    }

    private static int Run(Action action)
    {
        try
        {
            action();
            return ExitCode.Done;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("Stopped.");
            return ExitCode.Failed;
        }
        catch (Exception e) when (IsBadInput(e))
        {
            Console.Error.WriteLine(Sentence(e));
            return ExitCode.WrongUsage;
        }
        catch (Exception e) when (e is TensorException or TrainingException or InvalidOperationException or OutOfMemoryException)
        {
            Console.Error.WriteLine(Sentence(e));
            return ExitCode.Failed;
        }
#pragma warning disable CA1031 // The last resort of a program: whatever it is, people get a sentence and scripts an exit code.
        catch (Exception e)
        {
            Console.Error.WriteLine($"Trimtab met an error of its own, {e.GetType().Name}: {Sentence(e)} Please report it, with the command and this: {e.StackTrace?.Split('\n')[0].Trim()}");
            return ExitCode.Failed;
        }
#pragma warning restore CA1031
    }

    // People at a terminal do not know the library's parameters, which .NET names at the end of a message, nor want their values on a second line.
    private static string Sentence(Exception e)
    {
        string message = e is ArgumentException { ParamName: { } parameter } ? e.Message.Replace($" (Parameter '{parameter}')", "", StringComparison.Ordinal) : e.Message;
        return message.ReplaceLineEndings("\n").Split('\n')[0];
    }

    private static bool IsBadInput(Exception e) => e is FormatException or ArgumentException or IOException or UnauthorizedAccessException or SteeringException or ChatTemplateException;
}
