using System.Globalization;
using System.Text.Json.Nodes;
using Trimtab.Cli.Descriptions;

namespace Trimtab.Cli.Verbs;

/// <summary>Prints rows as they are measured, in one of three forms.</summary>
internal abstract class BenchOutput
{
    /// <summary>The form of a name: md, csv or jsonl.</summary>
    public static BenchOutput Of(string name) => name switch
    {
        "md" => new MarkdownTable(),
        "csv" => new CommaSeparated(),
        "jsonl" => new JsonLines(),
        _ => throw new FormatException($"--output: '{name}' is not known. Known are md, csv and jsonl."),
    };

    /// <summary>Prints a row.</summary>
    public abstract void Print(BenchRow row);

    /// <summary>Prints what all rows are compared with.</summary>
    public virtual void End(IEnumerable<BenchRow> rows)
    {
    }

    private sealed class MarkdownTable : BenchOutput
    {
        private bool _begun;

        public override void Print(BenchRow row)
        {
            if (!_begun)
                Console.Out.WriteLine("| model | size | params | backend | threads | test | t/s | of the limit | time, × plain |\n| --- | ---: | ---: | --- | ---: | --- | ---: | ---: | ---: |");
            _begun = true;
            var (mean, deviation) = BenchRow.Statistics(row.Rates);
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {row.Subject.Type} | {row.Subject.Bytes / (double)(1 << 20):F2} MiB | {row.Subject.Parameters / 1e6:F2} M | {row.Backend} | {row.Limits.Threads} | {row.Test.Name} | {mean:F2} ± {deviation:F2} | {row.Share:P0} | {row.Overhead:F3} |"));
        }

        public override void End(IEnumerable<BenchRow> rows)
        {
            Console.Out.WriteLine($"\n{Processor.Name}. Prompts against single-precision multiply-adds, decoding against memory:\n\n| threads | multiply-adds, GFLOP/s | memory, GB/s |\n| ---: | ---: | ---: |");
            foreach (var limits in rows.Select(row => row.Limits).Distinct())
                Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {limits.Threads} | {limits.FlopsPerSecond / 1e9:F1} | {limits.ReadBytesPerSecond / 1e9:F1} |"));
        }
    }

    private sealed class CommaSeparated : BenchOutput
    {
        private bool _begun;

        public override void Print(BenchRow row)
        {
            var columns = row.ToJson().Where(member => member.Value is not JsonArray).ToArray();
            if (!_begun)
                Console.Out.WriteLine(string.Join(',', columns.Select(column => column.Key)));
            _begun = true;
            Console.Out.WriteLine(string.Join(',', columns.Select(column => $"\"{column.Value?.ToString().Replace("\"", "\"\"", StringComparison.Ordinal)}\"")));
        }
    }

    private sealed class JsonLines : BenchOutput
    {
        public override void Print(BenchRow row) => JsonOutput.Print(row.ToJson());
    }
}
