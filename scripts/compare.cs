#!/usr/bin/env dotnet
#:property PublishAot=false

// Compares programs that measure the same thing, round by round, so that a machine that is slower for a while is slower for all of them:
//
//     dotnet scripts/compare.cs --rounds 5 -- "trimtab bench -m model.gguf -o jsonl" "llama-bench -m model.gguf -o jsonl"
//
// Each command prints the columns of llama-bench as jsonl, json or csv. Every second round runs them in the opposite order. What is printed: for each test and number of
// threads the median over all rounds of each command, in tokens per second, and how many times as fast as the last command it is, the median over rounds of the
// quotient within a round.

using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

// `dotnet` takes the first "--" for itself; started as a program of its own, the script sees it.
if (args.Where(word => word != "--").ToArray() is not ["--rounds", var count, .. { Length: >= 2 } commands] || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int rounds) || rounds < 1)
{
    Console.Error.WriteLine("Give a number of rounds and two or more commands: --rounds 5 -- \"COMMAND\" \"COMMAND\".");
    return 2;
}
try
{
    Print(commands, [.. Enumerable.Range(0, rounds).SelectMany(round => Round(commands, round, rounds))]);
    return 0;
}
catch (Exception e) when (e is InvalidOperationException or FormatException or System.Text.Json.JsonException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

static IEnumerable<Measurement> Round(string[] commands, int round, int rounds)
{
    foreach (int program in round % 2 == 0 ? Enumerable.Range(0, commands.Length) : Enumerable.Range(0, commands.Length).Reverse())
    {
        Console.Error.WriteLine($"round {round + 1} of {rounds}: {commands[program]}");
        Measurement[] rows = [.. Rows(Run(commands[program])).Select(row => Measurement.Of(row, round, program))];
        if (rows.Length == 0)
            throw new FormatException($"'{commands[program]}' printed no row. Let it print jsonl, json or csv with n_prompt, n_gen, n_threads and avg_ts.");
        foreach (var row in rows)
            yield return row;
    }
}

static string Run(string command)
{
    var (shell, option) = OperatingSystem.IsWindows() ? ("cmd", "/c") : ("/bin/sh", "-c");
    using var process = Process.Start(new ProcessStartInfo(shell, [option, command]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
    var error = process.StandardError.ReadToEndAsync();
    string output = process.StandardOutput.ReadToEnd();
    process.WaitForExit();
    return process.ExitCode == 0 ? output : throw new InvalidOperationException($"'{command}' ended with {process.ExitCode}: {error.Result}");
}

// Programs may print something else before their rows; what is not a row is passed over.
static IEnumerable<IReadOnlyDictionary<string, string>> Rows(string output)
{
    string text = output.Trim();
    if (text.StartsWith('['))
        return JsonNode.Parse(text)!.AsArray().Select(row => Members(row!.AsObject()));
    string[] lines = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    int header = Array.FindIndex(lines, line => line.Contains("avg_ts", StringComparison.Ordinal) && !line.StartsWith('{'));
    if (header < 0)
        return lines.Where(line => line.StartsWith('{')).Select(line => Members(JsonNode.Parse(line)!.AsObject()));
    string[] names = Cells(lines[header]);
    return lines.Skip(header + 1).Select(Cells).Where(cells => cells.Length == names.Length).Select(cells => names.Zip(cells).ToDictionary());
}

static Dictionary<string, string> Members(JsonObject row) => row.ToDictionary(member => member.Key, member => member.Value?.ToString() ?? "");

static string[] Cells(string line)
{
    var cells = new List<string>();
    bool quoted = false;
    int start = 0;
    for (int i = 0; i <= line.Length; i++)
    {
        if (i < line.Length && line[i] == '"')
            quoted = !quoted;
        if (i < line.Length && (quoted || line[i] != ','))
            continue;
        cells.Add(line[start..i].Trim('"').Replace("\"\"", "\"", StringComparison.Ordinal));
        start = i + 1;
    }
    return [.. cells];
}

static void Print(string[] commands, List<Measurement> measured)
{
    int last = commands.Length - 1;
    for (int i = 0; i < commands.Length; i++)
        Console.Out.WriteLine($"{i + 1}: {commands[i]}");
    Console.Out.WriteLine();
    Console.Out.WriteLine($"| test | threads | {string.Join(" | ", commands.Select((_, i) => i == last ? $"{i + 1}, t/s" : $"{i + 1}, t/s | ÷ {last + 1}"))} |");
    Console.Out.WriteLine($"| --- | ---: |{string.Concat(Enumerable.Repeat(" ---: |", 2 * commands.Length - 1))}");
    foreach (var test in measured.GroupBy(m => (m.Test, m.Threads)).OrderBy(g => g.Key.Threads))
    {
        var byProgram = test.ToLookup(m => m.Program);
        // The last command may lack tests that the others have; there is nothing to divide by then.
        var reference = byProgram[last].ToDictionary(m => m.Round, m => m.Rate);
        var cells = Enumerable.Range(0, commands.Length).SelectMany(program =>
        {
            string rate = Shown(byProgram[program].Select(m => m.Rate), "F2");
            return program == last ? [rate] : (string[])[rate, Shown(byProgram[program].Where(m => reference.ContainsKey(m.Round)).Select(m => m.Rate / reference[m.Round]), "F3")];
        });
        Console.Out.WriteLine($"| {test.Key.Test} | {test.Key.Threads} | {string.Join(" | ", cells)} |");
    }
}

static string Shown(IEnumerable<double> values, string format)
{
    double[] sorted = [.. values.Order()];
    return sorted.Length == 0 ? "–" : ((sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2).ToString(format, CultureInfo.InvariantCulture);
}

/// <summary>One row of one command in one round.</summary>
internal sealed record Measurement(string Test, int Threads, int Round, int Program, double Rate)
{
    /// <summary>Reads the columns that both programs have.</summary>
    public static Measurement Of(IReadOnlyDictionary<string, string> row, int round, int program)
    {
        int prompt = int.Parse(row["n_prompt"], CultureInfo.InvariantCulture), generated = int.Parse(row["n_gen"], CultureInfo.InvariantCulture);
        string name = row.GetValueOrDefault("test") ?? (prompt > 0 ? generated > 0 ? $"pp{prompt}+tg{generated}" : $"pp{prompt}" : $"tg{generated}");
        return new Measurement(name, int.Parse(row["n_threads"], CultureInfo.InvariantCulture), round, program, double.Parse(row["avg_ts"], CultureInfo.InvariantCulture));
    }
}
