using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Trimtab.Evaluation.Reports;
using Trimtab.Evaluation.Studies;
using Trimtab.Tensors.Files;

namespace Trimtab.Cli.Studies;

/// <summary>A folder of pages, one for each study, with its claims in a file beside it, and an index of all claims. A study whose page is there is not run again.</summary>
/// <param name="folder">The folder.</param>
/// <param name="model">The model and what identifies it; pages of another model are refused.</param>
/// <param name="say">Told what is done.</param>
internal sealed class EvidencePages(string folder, string model, Action<string> say)
{
    private static readonly JsonSerializerOptions Form = new() { WriteIndented = true, Converters = { new JsonStringEnumConverter() } };

    private readonly List<(string Name, IReadOnlyList<Claim> Claims)> _pages = [];

    /// <summary>The claims of all pages, in their order.</summary>
    public IReadOnlyList<Claim> Claims => [.. _pages.SelectMany(page => page.Claims)];

    /// <summary>Runs a study and writes its page, or finds it.</summary>
    /// <param name="name">The page's name.</param>
    /// <param name="run">The study.</param>
    /// <exception cref="FormatException">There is a page of another model.</exception>
    public void Add(string name, Func<StudyOutcome> run)
    {
        string kept = Path.Combine(folder, $"{name}.json");
        if (File.Exists(kept))
        {
            var page = JsonSerializer.Deserialize<Page>(File.ReadAllText(kept), Form)!;
            if (page.Model != model)
                throw new FormatException($"{kept}: the page is of {page.Model}, and the model is {model}. Take the pages away, or give another folder.");
            say($"{name}: kept");
            _pages.Add((name, page.Claims));
            return;
        }
        say($"{name}: running");
        var outcome = run();
        Directory.CreateDirectory(folder);
        AtomicFile.WriteText(Path.Combine(folder, $"{name}.md"), outcome.Text + string.Concat(outcome.Charts.Select((chart, index) => $"\n![{chart.Title}]({Draw(chart, $"{name}-{index + 1}.svg")})\n")));
        AtomicFile.WriteText(kept, JsonSerializer.Serialize(new Page(model, outcome.Claims), Form));
        _pages.Add((name, outcome.Claims));
    }

    /// <summary>Writes README.md: every claim with its finding. Returns a line that says how many hold.</summary>
    public string WriteIndex()
    {
        var text = new StringBuilder("# Evidence\n\n");
        text.AppendLine(CultureInfo.InvariantCulture, $"What a model organism, {model}, says of published claims. Written by `trimtab evidence`; each page has the numbers behind its claims. A finding about a model of a few million weights is a reason to look at a large one, and no proof.").AppendLine();
        text.AppendLine("| claim | by | here | numbers | page |").AppendLine("|---|---|---|---|---|");
        foreach (var (name, claims) in _pages)
            foreach (var claim in claims)
                text.AppendLine(CultureInfo.InvariantCulture, $"| {claim.Statement} | {claim.Source} | {(claim.Finding == Finding.Holds ? "holds" : $"**{claim.Finding.ToString().ToLowerInvariant()}**")} | {claim.Numbers} | [{name}]({name}.md) |");
        AtomicFile.WriteText(Path.Combine(folder, "README.md"), text.ToString());
        var all = Claims;
        int Count(Finding finding) => all.Count(claim => claim.Finding == finding);
        return $"{Path.Combine(folder, "README.md")}: of {all.Count} claims {Count(Finding.Holds)} hold, {Count(Finding.Fails)} fail, {Count(Finding.Undecided)} are undecided";
    }

    private string Draw(LineChart chart, string file)
    {
        AtomicFile.WriteText(Path.Combine(folder, file), chart.ToFile());
        return file;
    }

    private sealed record Page(string Model, IReadOnlyList<Claim> Claims);
}
