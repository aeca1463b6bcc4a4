using System.Text.Json.Nodes;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Cli.Tests.Verbs;

/// <summary>`trimtab sweep pairs` on the embedded model and on one that has no chat template.</summary>
public sealed class SweepPairsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void On_pip_evil_answers_become_likelier_than_under_any_control() =>
        Validated(Sweep("-d", Data("evil.jsonl"), "--layer", "2", "--layer", "3", "--strengths", "0.2", "0.4", "--prompt", "Be evil."));

    [Fact]
    public void On_a_story_model_happy_endings_become_likelier_than_under_any_control()
    {
        Validated(Sweep("-m", StoryModelTests.Model(), "--form", "raw", "-d", Data("mood.jsonl"), "--strengths", "0.1", "0.2", "--least-fluency", "50"));
    }

    [Fact]
    public void Strengths_are_fractions_of_the_norm_or_raw_and_not_both()
    {
        string[] words = ["-d", Data("evil.jsonl"), "--layer", "2", "--least-fluency", "0"];
        IEnumerable<float> Strengths(params string[] strengths) => Sweep([.. words, "--strengths", .. strengths])["methods"]![0]!["grid"]!.AsArray().Select(arm => arm!["strength"]!.GetValue<float>() * (arm["raw"]!.GetValue<bool>() ? -1 : 1));
        // Raw ones are negative here. A bare number is a fraction of the norm.
        Assert.Equal([0.2f, 0.4f], Strengths("0.2", "0.4n"));
        Assert.Equal([-2.5f], Strengths("raw:2.5"));
        CommandLine.Run(["sweep", "pairs", .. words, "--strengths", "0.2", "raw:2.5", "-o", _folder["report.html"]]).Refused("0.2n, 2.5", "one unit");
        CommandLine.Run(["sweep", "pairs", .. words, "--strengths", "much", "-o", _folder["report.html"]]).Refused("'much'");
    }

    [Fact]
    public void Too_few_pairs_are_refused()
    {
        string few = _folder["few.jsonl"];
        File.WriteAllLines(few, File.ReadLines(Data("evil.jsonl")).Take(7));
        CommandLine.Run("sweep", "pairs", "-d", few, "-o", _folder["report.html"]).Refused("at least 8");
    }

    [Fact]
    public void What_was_found_is_printed_before_a_page_that_cannot_be_written()
    {
        string page = Path.Combine(_folder.Write("file", "no folder"), "report.html");
        var outcome = CommandLine.Run("sweep", "pairs", "-d", Data("evil.jsonl"), "--layer", "2", "--strengths", "0.2", "-o", page);
        Assert.Equal(ExitCode.WrongUsage, outcome.Code);
        Assert.Contains("mean-difference: of 1 layers and strengths", outcome.Output, StringComparison.Ordinal);
        Assert.Contains($"{page}: it cannot be written", outcome.Error, StringComparison.Ordinal);
    }

    private JsonObject Sweep(params string[] arguments) => CommandLine.Run(["sweep", "pairs", .. arguments, "-o", _folder["report.html"], "--json"]).Json();

    private void Validated(JsonObject result)
    {
        var method = result["methods"]![0]!;
        double steered = Preference(method["steered"]!), unsteered = Preference(result["unsteered"]!), random = Preference(method["random"]!), reversed = Preference(method["reversed"]!);
        Assert.True(steered > unsteered && steered > random && unsteered > reversed, $"steered {steered}, unsteered {unsteered}, random {random}, reversed {reversed}");
        var zero = method["zero"]!;
        Assert.True(JsonNode.DeepEquals(result["unsteered"]!["preference"], zero["preference"]) && JsonNode.DeepEquals(result["unsteered"]!["texts"], zero["texts"]), result.ToJsonString());
        Assert.Equal((method["layer"]!.GetValue<int>(), 0.0), (zero["layer"]!.GetValue<int>(), zero["strength"]!.GetValue<double>()));
        Assert.True(method["validated"]!.GetValue<bool>(), result.ToJsonString());
        string page = File.ReadAllText(_folder["report.html"]);
        Assert.Contains("validated", page, StringComparison.Ordinal);
        Assert.DoesNotContain("src=", page, StringComparison.Ordinal);
    }

    private static string Data(string name) => Path.Combine(Repository.Root, "data", "contrast", name);

    private static double Preference(JsonNode arm) => arm["preference"]!["value"]!.GetValue<double>();
}
