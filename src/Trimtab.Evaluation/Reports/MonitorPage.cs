using System.Globalization;
using System.Net;
using System.Text;
using Trimtab.Models;
using Trimtab.Models.Text;
using Trimtab.Steering.Monitoring;

namespace Trimtab.Evaluation.Reports;

/// <summary>
/// Conversations as one HTML page that needs no network: the words of every answer coloured by a trait, token by token, and how it went on from answer to answer. Of all conversations that are added it keeps those in which a trait is
/// strongest over an answer, so that its memory does not grow with them.
/// </summary>
/// <param name="model">The model that read them.</param>
/// <param name="calibration">What readings are shown in, as z-scores; coordinates where null.</param>
/// <param name="most">How many conversations are shown.</param>
public sealed class MonitorPage(LoadedModel model, MonitorCalibration? calibration, int most)
{
    // A z-score from which on the colour is full.
    private const double FullColour = 3;

    private const string Style = """
        section { border-top: 1px solid #8886; padding-top: .5rem; margin-top: 1.5rem } .passage { white-space: pre-wrap; margin: .3rem 0 .8rem; padding-left: .6rem; border-left: 3px solid #8886 }
        .passage span { border-radius: 3px } .passage .said { color: #888 } .passage .before { outline: 1px solid #8888 }
        """;

    private readonly PriorityQueue<(int Number, MonitoredConversation Conversation), double> _shown = new();

    /// <summary>Adds a conversation, to be shown if it is among the strongest.</summary>
    /// <param name="number">What the page calls it: its place in its file, from 1.</param>
    /// <param name="conversation">The conversation.</param>
    public void Add(int number, MonitoredConversation conversation)
    {
        _shown.Enqueue((number, conversation), conversation.Turns.SelectMany(turn => turn.Traits).Max(read => Answer(read) ?? Before(read)));
        if (_shown.Count > most)
            _shown.Dequeue();
    }

    /// <summary>The page.</summary>
    public string ToHtml()
    {
        var shown = _shown.UnorderedItems.OrderByDescending(item => item.Priority).ThenBy(item => item.Element.Number).Select(item => item.Element).ToList();
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"<p>The {shown.Count} conversations in which a trait is strongest over an answer. Red is more of it, blue less; the token before an answer, outlined, shows what the prompt had made of the model before it said a word.</p>\n");
        page.Append(calibration is { } reference
            ? string.Create(CultureInfo.InvariantCulture, $"<p>Numbers are z-scores over {reference.Conversations} conversations of reference traffic; the colour is full at {FullColour:0}.</p>\n")
            : "<p>Numbers are coordinates along the trait's direction, without a calibration; the colour is full at the largest on this page.</p>\n");
        foreach (var (number, conversation) in shown)
            Append(page, number, conversation, shown.Select(item => item.Conversation));
        return HtmlPage.Of($"Traits read inside {model.Name}", Style, page.ToString());
    }

    private void Append(StringBuilder page, int number, MonitoredConversation conversation, IEnumerable<MonitoredConversation> all)
    {
        page.Append(CultureInfo.InvariantCulture, $"<section><h2>Conversation {number}</h2>\n");
        if (conversation.Turns.Count > 1)
            page.Append(CultureInfo.InvariantCulture, $"<div class=\"charts\">{Trajectory(conversation)}</div>\n");
        page.Append(Table(conversation));
        foreach (var (trait, read) in conversation.Turns[0].Traits.Index())
            page.Append(CultureInfo.InvariantCulture, $"<h3>{Text(read.Trait)}</h3>\n<div class=\"passage\">{Passage(conversation, trait, read.Trait, Full(all, trait))}</div>\n");
        page.Append("</section>\n");
    }

    private string Trajectory(MonitoredConversation conversation)
    {
        ChartLine[] lines = [.. conversation.Turns[0].Traits.Index().SelectMany(trait => (ChartLine[])
        [
            new($"{trait.Item.Trait}, before", [.. conversation.Turns.Index().Select(turn => (turn.Index + 1.0, Before(turn.Item.Traits[trait.Index])))]),
            new(trait.Item.Trait, [.. conversation.Turns.Index().Where(turn => turn.Item.Count > 0).Select(turn => (turn.Index + 1.0, Answer(turn.Item.Traits[trait.Index])!.Value))]),
        ])];
        double[] ys = [.. lines.SelectMany(line => line.Points).Select(point => point.Y)];
        double room = Math.Max(0.05 * (ys.Max() - ys.Min()), 1e-3);
        return new LineChart("from answer to answer", "answer", ys.Max() + room, lines) { YMinimum = ys.Min() - room }.ToSvg();
    }

    private string Table(MonitoredConversation conversation)
    {
        var table = new StringBuilder("<table><tr><th>answer</th><th>trait</th><th>before</th><th>over the answer</th><th>largest token</th><th>thresholds passed</th></tr>\n");
        foreach (var (number, turn) in conversation.Turns.Index())
            foreach (var read in turn.Traits)
                table.Append(CultureInfo.InvariantCulture, $"<tr><td>{number + 1}</td><td>{Text(read.Trait)}</td><td class=\"number\">{Before(read):0.00}</td><td class=\"number\">{Answer(read):0.00}</td><td>{Largest(conversation, read)}</td>")
                    .Append(CultureInfo.InvariantCulture, $"<td>{string.Join("<br>", turn.Events.Where(passed => passed.Rule.Trait == read.Trait).Select(passed => Text($"{passed} \"{Token(conversation, passed.Position)}\"")))}</td></tr>\n");
        return table.Append("</table>\n").ToString();
    }

    private string Passage(MonitoredConversation conversation, int trait, string name, double full)
    {
        var turns = conversation.Turns;
        var passage = new StringBuilder();
        for (int position = 0; position < conversation.Text.Ids.Length; position++)
        {
            string token = Text(Token(conversation, position));
            bool isAnswer = turns.Any(turn => position >= turn.First && position < turn.First + turn.Count), isBefore = turns.Any(turn => position == turn.First - 1);
            if (!isAnswer && !isBefore)
            {
                passage.Append(CultureInfo.InvariantCulture, $"<span class=\"said\">{token}</span>");
                continue;
            }
            double value = Shown(name, isAnswer ? MonitorReading.Token : MonitorReading.Prompt, conversation.Trace[position][trait]);
            passage.Append(CultureInfo.InvariantCulture, $"<span{(isBefore ? " class=\"before\"" : "")} style=\"background:rgb({(value > 0 ? "214 69 43" : "43 110 217")}/{Math.Min(1, Math.Abs(value) / full):0.##})\" title=\"{value:0.00}\">{token}</span>");
        }
        return passage.ToString();
    }

    private double Full(IEnumerable<MonitoredConversation> all, int trait) => calibration is not null ? FullColour : all
        .SelectMany(conversation => conversation.Turns.SelectMany(turn => Enumerable.Range(turn.First - 1, turn.Count + 1).Select(position => Math.Abs(conversation.Trace[position][trait])))).Max();

    private string Largest(MonitoredConversation conversation, AnswerReading read) => read.LargestAt is not { } at ? ""
        : string.Create(CultureInfo.InvariantCulture, $"{Shown(read.Trait, MonitorReading.Token, read.Largest!.Value):0.00} at \"{Text(Token(conversation, at))}\"");

    private double Before(AnswerReading read) => Shown(read.Trait, MonitorReading.Prompt, read.Before);

    private double? Answer(AnswerReading read) => read.Mean is { } mean ? Shown(read.Trait, MonitorReading.RunningMean, mean) : null;

    private double Shown(string trait, MonitorReading reading, double value) => calibration is null ? value : calibration.Of(trait).Of(reading).Z(value);

    private string Token(MonitoredConversation conversation, int position) => model.RequireTokenizer().Decode([conversation.Text.Ids[position]]);

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
