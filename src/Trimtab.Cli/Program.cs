using System.CommandLine;
using Trimtab.Cli;
using Trimtab.Cli.Verbs;

var root = new RootCommand("Trimtab controls how a language model behaves by working on its inside: it reads, steers and measures open-weight models on this machine.")
{
    DemoVerb.Create(), InspectVerb.Create(), LogitsVerb.Create(), TokenizeVerb.Create(), GenerateVerb.Create(), ChatVerb.Create(), CaptureVerb.Create(), FitVerb.Create(), ConvertVerb.Create(),
};
var parsed = root.Parse(args);
if (parsed.Errors.Count > 0 && parsed.Action is not System.CommandLine.Help.HelpAction)
{
    foreach (var error in parsed.Errors)
        Console.Error.WriteLine(error.Message);
    Console.Error.WriteLine($"Run `trimtab {string.Join(' ', args.TakeWhile(a => !a.StartsWith('-')).Take(1))} --help` for the options.");
    return ExitCode.WrongUsage;
}
// Exceptions become exit codes in Failures; the library's own handler would print a stack trace.
return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
