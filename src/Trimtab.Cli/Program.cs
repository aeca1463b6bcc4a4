using System.CommandLine;
using Trimtab.Cli;
using Trimtab.Cli.Verbs;

var root = new RootCommand("Trimtab controls how a language model behaves by working on its inside: it reads, steers and measures open-weight models on this machine.")
{
    DemoVerb.Create(), InspectVerb.Create(), LogitsVerb.Create(), TokenizeVerb.Create(), GenerateVerb.Create(), ChatVerb.Create(), CaptureVerb.Create(), FitVerb.Create(), MergeVerb.Create(), SaeVerb.Create(),
    SweepVerb.Create(), PersonaVerb.Create(), MonitorVerb.Create(), ScreenVerb.Create(), TuneVerb.Create(), OrganismVerb.Create(), EvalVerb.Create(), StudyVerb.Create(), EvidenceVerb.Create(), ConvertVerb.Create(), BenchVerb.Create(),
};
var parsed = root.Parse(args);
if (parsed.Errors.Count > 0 && parsed.Action is not System.CommandLine.Help.HelpAction)
{
    // One slip makes several errors of the parser (an unknown option is also an unknown value); the first that names what was written says enough.
    string problem = parsed.UnmatchedTokens.Count > 0 ? $"'{parsed.UnmatchedTokens[0]}' is not understood." : parsed.Errors[0].Message;
    Console.Error.WriteLine($"{problem} Run `{PathOf(parsed.CommandResult.Command)} --help` for what can be given.");
    return ExitCode.WrongUsage;
}
// Exceptions become exit codes in Failures; the library's own handler would print a stack trace.
return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });

static string PathOf(Command command) => command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{PathOf(parent)} {command.Name}" : "trimtab";
