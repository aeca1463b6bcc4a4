using System.CommandLine;
using System.Globalization;
using Trimtab.Models;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab bench: how fast a model is computed, with options and columns by the names that llama-bench uses.</summary>
internal static class BenchVerb
{
    public static Command Create()
    {
        var model = new ModelOptions(chooseThreads: false);
        var prompt = Numbers("--n-prompt", "-p", "Tokens of a prompt that is computed whole; 0 for none.", "512");
        var gen = Numbers("--n-gen", "-n", "Tokens decoded one after another; 0 for none.", "128");
        var sequences = Numbers("--n-seq", "-s", "Sequences that are decoded together.", "1");
        var threads = Numbers("--threads", "-t", "Threads.", Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture));
        var batch = new Option<int>("--batch-size", "-b") { Description = "Rows that one pass computes at most.", DefaultValueFactory = _ => 512 };
        var repetitions = new Option<int>("--repetitions", "-r") { Description = "Runs of each test.", DefaultValueFactory = _ => 5 };
        var with = new Option<string?>("--with") { Description = $"Repeat the tests with something beside, each run after a plain one: {string.Join(", ", Extras.Select(BenchTest.ExtraName))}, or all." };
        var output = new Option<string>("--output", "-o") { Description = "The form of the rows: md, csv or jsonl.", DefaultValueFactory = _ => "md" };
        return new Command("bench", "Measures how fast a model is computed, beside what this machine allows.") { model, prompt, gen, sequences, threads, batch, repetitions, with, output }.Does((parsed, cancellation) =>
        {
            var plan = new BenchPlan
            {
                Tests = Tests(Read(parsed, prompt, 0), Read(parsed, gen, 0), Read(parsed, sequences, 1), ReadExtras(parsed.GetValue(with))),
                Threads = Read(parsed, threads, 1),
                Tier = model.Tier(parsed),
                Chunk = AtLeastOne(batch.Name, parsed.GetValue(batch)),
                Repetitions = AtLeastOne(repetitions.Name, parsed.GetValue(repetitions)),
            };
            var form = BenchOutput.Of(parsed.GetValue(output)!);
            using var loaded = model.Load(parsed);
            var rows = new List<BenchRow>();
            foreach (var row in plan.Run(loaded, cancellation))
            {
                rows.Add(row);
                form.Print(row);
            }
            form.End(rows);
        });
    }

    private static IEnumerable<BenchExtra> Extras => Enum.GetValues<BenchExtra>().Where(extra => extra != BenchExtra.None);

    // Plain tests first. Sequences multiply decoding only: prompts of several texts go through one after another anyway.
    private static BenchTest[] Tests(int[] prompts, int[] generated, int[] sequences, BenchExtra[] extras)
    {
        BenchTest[] plain =
        [
            .. prompts.Where(n => n > 0).Select(n => new BenchTest(n, 0)),
            .. generated.Where(n => n > 0).SelectMany(n => sequences.Select(count => new BenchTest(0, n, count))),
        ];
        return plain.Length == 0 ? throw new ArgumentException("Bench: -p 0 -n 0 leaves nothing to measure. Give a number of tokens to one of them.")
            : [.. plain, .. extras.SelectMany(extra => plain.Select(test => test with { Extra = extra }))];
    }

    private static Option<string> Numbers(string name, string alias, string description, string fallback) =>
        new(name, alias) { Description = $"{description} Several separated by commas.", DefaultValueFactory = _ => fallback };

    private static int[] Read(ParseResult parsed, Option<string> option, int least) => [.. parsed.GetValue(option)!.Split(',').Select(part =>
        int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least
            ? number
            : throw new FormatException($"{option.Name}: '{part}' is not understood. Write whole numbers from {least}, separated by commas."))];

    private static int AtLeastOne(string name, int value) => value >= 1 ? value : throw new ArgumentException($"{name} is {value} — it must be 1 or more.");

    private static BenchExtra[] ReadExtras(string? text) => text is null ? [] : text == "all" ? [.. Extras] : [.. text.Split(',').Select(name =>
        Extras.FirstOrDefault(extra => BenchTest.ExtraName(extra) == name) is var extra and not BenchExtra.None
            ? extra
            : throw new FormatException($"--with: '{name}' is not known. Known are {string.Join(", ", Extras.Select(BenchTest.ExtraName))}, and all."))];
}
