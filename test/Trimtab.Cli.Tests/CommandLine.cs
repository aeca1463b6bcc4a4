using System.Reflection;
using System.Text.Json.Nodes;
using Xunit;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Trimtab.Cli.Tests;

/// <summary>Runs the program's own entry point in this process. The console is the process's, so tests run one after the other.</summary>
internal static class CommandLine
{
    private static readonly MethodInfo EntryPoint = typeof(ExitCode).Assembly.EntryPoint!;

    /// <summary>Runs `trimtab` with the given words.</summary>
    public static Outcome Run(params string[] words) => RunWith("", words);

    /// <summary>Runs `trimtab` with a text on standard input.</summary>
    public static Outcome RunWith(string input, params string[] words)
    {
        var (oldIn, oldOut, oldError) = (Console.In, Console.Out, Console.Error);
        using var transcript = new StringWriter();
        using var output = new Shown(transcript);
        using var error = new Shown(transcript);
        using var reader = new StringReader(input);
        try
        {
            Console.SetIn(reader);
            Console.SetOut(output);
            Console.SetError(error);
            return new Outcome(string.Join(' ', words), (int)EntryPoint.Invoke(null, [words])!, output.ToString(), error.ToString()) { Transcript = transcript.ToString() };
        }
        finally
        {
            Console.SetIn(oldIn);
            Console.SetOut(oldOut);
            Console.SetError(oldError);
        }
    }

    /// <summary>One of the two streams, by itself and in the order of both.</summary>
    private sealed class Shown(StringWriter both) : StringWriter
    {
        public override void Write(char value)
        {
            base.Write(value);
            both.Write(value);
        }

        public override void Write(char[] buffer, int index, int count)
        {
            base.Write(buffer, index, count);
            both.Write(buffer, index, count);
        }

        public override void Write(string? value)
        {
            base.Write(value);
            both.Write(value);
        }
    }
}

/// <summary>How a command ended and what it printed.</summary>
internal sealed record Outcome(string Command, int Code, string Output, string Error)
{
    /// <summary>Both streams in the order in which they were written, as a terminal shows them.</summary>
    public required string Transcript { get; init; }

    /// <summary>The one JSON document on standard output; fails where there is more or less, or where the command failed.</summary>
    public JsonObject Json()
    {
        Succeeded();
        return JsonNode.Parse(Output)!.AsObject();
    }

    /// <summary>The numbers of a list in the JSON document.</summary>
    public int[] Numbers(string member) => [.. Json()[member]!.AsArray().Select(item => item!.GetValue<int>())];

    /// <summary>Fails unless the command ended well, with nothing on standard error.</summary>
    public Outcome Succeeded()
    {
        Assert.True(Code == ExitCode.Done, $"{Command} ended with {Code}: {Error}");
        Assert.Equal("", Error);
        return this;
    }

    /// <summary>Fails unless the command refused its input with one line that says <paramref name="words"/>, and printed nothing else.</summary>
    public void Refused(params string[] words)
    {
        Assert.True(Code == ExitCode.WrongUsage, $"{Command} ended with {Code}: {Error}");
        Assert.Equal("", Output);
        string line = Assert.Single(Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        foreach (string word in words)
            Assert.Contains(word, line, StringComparison.Ordinal);
    }
}
