using System.CommandLine;
using Trimtab.Evaluation.Screening;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab screen merge: the shards of a screening as one file.</summary>
internal static class ScreenMergeVerb
{
    public static Command Create()
    {
        var shards = new Argument<string[]>("shards") { Description = "The files of scores of all shards, in any order.", Arity = ArgumentArity.OneOrMore };
        var output = new Option<string>("--output", "-o") { Description = "The file of all rows (.jsonl), as one run over them would have written it.", Required = true };
        var json = CommonOptions.Json();
        return new Command("merge", "Joins the shards of a screening.") { shards, output, json }.Does((parsed, _) =>
            ScreenOutput.Print(ScreenMerge.Join(parsed.GetValue(shards)!, parsed.GetValue(output)!), parsed.GetValue(output)!, parsed.GetValue(json)));
    }
}
