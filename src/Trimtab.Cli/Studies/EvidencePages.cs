using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Trimtab.Evaluation.Reports;
using Trimtab.Evaluation.Studies;
using Trimtab.Tensors.Files;

namespace Trimtab.Cli.Studies;

/// <summary>
/// A folder of pages, one for each study, with its settings and claims in a file beside it, and an index of the claims of all of them. A study whose page is there is run again only where its settings are others.
/// </summary>
/// <param name="folder">The folder.</param>
/// <param name="model">The model with what identifies it, its world included; pages of another one are refused.</param>
/// <param name="say">Told what is done.</param>
internal sealed class EvidencePages(string folder, string model, Action<string> say)
{
    private static readonly JsonSerializerOptions Form = new() { WriteIndented = true, RespectRequiredConstructorParameters = true, Converters = { new JsonStringEnumConverter() } };

    /// <summary>Runs a study and writes its page, or finds it.</summary>
    /// <param name="name">The page's name.</param>
    /// <param name="settings">All that decides what the study finds, besides the model and its world: its options, the seed among them. They stand on the page.</param>
    /// <param name="run">The study.</param>
    /// <exception cref="FormatException">There is a page of another model, or one that cannot be read.</exception>
    public void Add(string name, object settings, Func<StudyOutcome> run)
    {
        string kept = Path.Combine(folder, $"{name}.json");
        var chosen = JsonSerializer.SerializeToNode(settings, settings.GetType(), Form);
        if (File.Exists(kept))
        {
            var page = Read(kept);
            if (page.Model != model)
                throw new FormatException($"{kept}: the page is of {page.Model}, and the model is {model}. Take the pages away, or give another folder.");
            if (JsonNode.DeepEquals(page.Settings, chosen))
            {
                say($"{name}: kept");
                return;
            }
            say($"{name}: the page has other settings");
        }
        say($"{name}: running");
        Write(name, kept, chosen, run());
    }

    /// <summary>The claims of all pages of the model in the folder, in the order of their names.</summary>
    public IReadOnlyList<Claim> Claims => [.. Pages().SelectMany(of => of.Page.Claims)];

    /// <summary>Writes README.md: every claim of every page of the model in the folder, with its finding, and what no page tests. Returns a line that says how many hold.</summary>
    public string WriteIndex()
    {
        var pages = Pages();
        var text = new StringBuilder("# Evidence\n\n");
        text.AppendLine(CultureInfo.InvariantCulture, $"What a model organism, {model}, says of published claims. Written by `trimtab evidence`; each page has the numbers behind its claims. A finding about a model of a few million weights is a reason to look at a large one, and no proof.").AppendLine();
        text.AppendLine("| claim | by | here | numbers | page |").AppendLine("|---|---|---|---|---|");
        foreach (var (name, page) in pages)
            foreach (var claim in page.Claims)
                text.AppendLine(CultureInfo.InvariantCulture, $"| {claim.Statement} | {claim.Source} | {(claim.Finding == Finding.Holds ? "holds" : $"**{claim.Finding.ToString().ToLowerInvariant()}**")} | {claim.Numbers} | [{name}]({name}.md) |");
        NotTested(text, [.. pages.Select(page => page.Name)]);
        AtomicFile.WriteText(Path.Combine(folder, "README.md"), text.ToString());
        var all = pages.SelectMany(of => of.Page.Claims).ToList();
        int Count(Finding finding) => all.Count(claim => claim.Finding == finding);
        return $"{Path.Combine(folder, "README.md")}: of {all.Count} claims {Count(Finding.Holds)} hold, {Count(Finding.Fails)} fail, {Count(Finding.Undecided)} are undecided";
    }

    private List<(string Name, Page Page)> Pages() =>
        [.. Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal).Select(file => (Path.GetFileNameWithoutExtension(file), Read(file))).Where(of => of.Item2.Model == model)];

    private static void NotTested(StringBuilder text, HashSet<string> pages)
    {
        text.AppendLine().AppendLine("## Not tested").AppendLine().AppendLine("| claim | by | why not |").AppendLine("|---|---|---|");
        foreach (var claim in UntestedClaim.All.Where(claim => claim.TestedOn is null || !pages.Contains(claim.TestedOn)))
            text.AppendLine(CultureInfo.InvariantCulture, $"| {claim.Statement} | {claim.Source} | {claim.Reason} |");
    }

    private void Write(string name, string kept, JsonNode? settings, StudyOutcome outcome)
    {
        string charts = string.Concat(outcome.Charts.Select((chart, index) => $"\n![{chart.Title}]({Draw(chart, $"{name}-{index + 1}.svg")})\n"));
        AtomicFile.WriteText(Path.Combine(folder, $"{name}.md"), $"{outcome.Text}{charts}\n## Settings\n\n{model}.\n\n```json\n{settings?.ToJsonString(Form)}\n```\n");
        AtomicFile.WriteText(kept, JsonSerializer.Serialize(new Page(model, outcome.Claims, settings), Form));
    }

    private static Page Read(string file)
    {
        try
        {
            return JsonSerializer.Deserialize<Page>(File.ReadAllText(file), Form)!;
        }
        catch (JsonException e)
        {
            throw new FormatException($"{file}: this is no page of evidence — {e.Message} Take it away, or give another folder.", e);
        }
    }

    private string Draw(LineChart chart, string file)
    {
        AtomicFile.WriteText(Path.Combine(folder, file), chart.ToFile());
        return file;
    }

    private sealed record Page(string Model, IReadOnlyList<Claim> Claims, JsonNode? Settings = null);
}
