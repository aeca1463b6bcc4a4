using System.Globalization;
using System.Text.Json.Nodes;
using Trimtab.Cli.Verbs;
using Xunit;

namespace Trimtab.Cli.Tests.Verbs;

/// <summary>The form of what `trimtab bench` prints, and that its numbers hang together. How large they are is the machine's affair.</summary>
public sealed class BenchTests
{
    private static readonly string[] Model = ["bench", "-m", ReferenceModel.Folder("llama")];

    // The columns of llama-bench that a reader of both needs.
    private static readonly string[] Shared =
    [
        "build_commit", "build_number", "cpu_info", "gpu_info", "backends", "model_filename", "model_type", "model_size", "model_n_params", "n_batch", "n_ubatch", "n_threads",
        "type_k", "type_v", "n_prompt", "n_gen", "n_depth", "test_time", "avg_ns", "stddev_ns", "avg_ts", "stddev_ts",
    ];

    [Fact]
    public void Every_prompt_and_length_is_a_row_for_every_number_of_threads()
    {
        var rows = Rows("-p", "3,5", "-n", "2", "-s", "1,3", "-t", "1,2", "-r", "2");
        string[] tests = ["pp3", "pp5", "tg2", "tg2 × 3"];
        Assert.Equal([.. tests, .. tests], rows.Select(row => row["test"]!.GetValue<string>()));
        Assert.Equal([1, 1, 1, 1, 2, 2, 2, 2], rows.Select(row => row["n_threads"]!.GetValue<int>()));
    }

    [Fact]
    public void Zero_leaves_a_kind_of_test_away()
    {
        Assert.Equal("tg2", Assert.Single(Rows("-p", "0", "-n", "2", "-r", "1"))["test"]!.GetValue<string>());
        Assert.Equal("pp2", Assert.Single(Rows("-p", "2", "-n", "0", "-r", "1"))["test"]!.GetValue<string>());
    }

    [Fact]
    public void Rates_follow_from_the_times_of_all_tokens()
    {
        var row = Rows("-p", "0", "-n", "4", "-s", "3", "-r", "3")[0];
        long[] times = [.. row["samples_ns"]!.AsArray().Select(ns => ns!.GetValue<long>())];
        Assert.Equal(3, times.Length);
        Assert.All(times, ns => Assert.True(ns > 0));
        Assert.Equal(times.Average(ns => 12e9 / ns), row["avg_ts"]!.GetValue<double>(), tolerance: 1e-3);
        Assert.Equal(12e9 / times.Order().ElementAt(1), row["median_ts"]!.GetValue<double>(), tolerance: 1e-3);
    }

    [Fact]
    public void Columns_begin_with_those_of_llama_bench_in_every_form()
    {
        Assert.Equal(Shared, Rows("-p", "2", "-n", "0", "-r", "1")[0].Select(member => member.Key).Take(Shared.Length));
        string[] lines = Lines("-p", "2", "-n", "2", "-r", "1", "-o", "csv");
        Assert.Equal(3, lines.Length);
        Assert.Equal(Shared, lines[0].Split(',').Take(Shared.Length));
        Assert.All(lines[1..], line => Assert.StartsWith("\"", line, StringComparison.Ordinal));
    }

    [Fact]
    public void The_table_ends_with_the_limits_that_its_shares_refer_to()
    {
        string output = CommandLine.Run([.. Model, "-p", "2", "-n", "2", "-r", "1", "-t", "1"]).Succeeded().Output;
        Assert.Contains("| pp2 |", output, StringComparison.Ordinal);
        Assert.Contains("| tg2 |", output, StringComparison.Ordinal);
        string limits = output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        string[] cells = [.. limits.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
        Assert.Equal("1", cells[0]);
        Assert.All(cells[1..], cell => Assert.True(double.Parse(cell, CultureInfo.InvariantCulture) > 0, limits));
    }

    [Fact]
    public void Extras_are_measured_against_plain_runs()
    {
        var rows = Rows("-p", "3", "-n", "2", "-r", "2", "--with", "all");
        string[] extras = ["none", "capture", "empty", "add", "ablate", "monitor", "clamp", "encode"];
        Assert.Equal(extras.SelectMany(extra => new[] { extra, extra }), rows.Select(row => row["extra"]!.GetValue<string>()));
        Assert.All(rows, row => Assert.Equal(row["extra"]!.GetValue<string>() == "none", row["overhead"] is null));
        Assert.All(rows.Skip(2), row => Assert.True(row["overhead"]!.GetValue<double>() > 0));
    }

    [Fact]
    public void Statistics_are_those_of_a_sample()
    {
        var (mean, deviation) = BenchRow.Statistics([2, 4, 4, 4, 5, 5, 7, 9]);
        Assert.Equal(5, mean, 12);
        Assert.Equal(Math.Sqrt(32 / 7.0), deviation, 12);
        Assert.Equal((3.0, 0.0), BenchRow.Statistics([3]));
    }

    [Theory]
    [InlineData("-p", "1x", "'1x'")]
    [InlineData("-n", "-1", "--n-gen")]
    [InlineData("-t", "0", "--threads")]
    [InlineData("-s", "0", "--n-seq")]
    [InlineData("-r", "0", "--repetitions")]
    [InlineData("-b", "0", "--batch-size")]
    [InlineData("-o", "sql", "'sql'")]
    [InlineData("--with", "noise", "'noise'")]
    public void What_is_not_understood_is_named(string option, string value, string named) => CommandLine.Run([.. Model, option, value]).Refused(named);

    [Fact]
    public void Nothing_to_measure_is_refused() => CommandLine.Run([.. Model, "-p", "0", "-n", "0"]).Refused("-p 0 -n 0");

    private static JsonObject[] Rows(params string[] words) => [.. Lines([.. words, "-o", "jsonl"]).Select(line => JsonNode.Parse(line)!.AsObject())];

    private static string[] Lines(params string[] words) => CommandLine.Run([.. Model, .. words]).Succeeded().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
