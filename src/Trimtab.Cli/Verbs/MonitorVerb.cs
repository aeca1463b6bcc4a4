using System.CommandLine;
using Trimtab.Evaluation.Reports;
using Trimtab.Models;
using Trimtab.Models.Text;
using Trimtab.Steering.Monitoring;
using Trimtab.Tensors.Files;

namespace Trimtab.Cli.Verbs;

/// <summary>trimtab monitor: what traits read in a file of conversations, answer by answer and token by token; `monitor calibrate` says what they read on reference traffic.</summary>
internal static class MonitorVerb
{
    public static Command Create()
    {
        var (file, model, monitor, json) = (new ChatFileOptions(), new ModelOptions(), new MonitorOptions(required: true), CommonOptions.Json());
        var output = new Option<string>("--output", "-o") { Description = "The file to write: one JSON object for each conversation.", Required = true };
        var page = new Option<string?>("--html") { Description = "A page with the strongest conversations: every token coloured, and the course over the answers." };
        var shown = CommonOptions.Number("--page-chats", "How many conversations the page shows.", 20);
        var tokens = new Option<bool>("--tokens") { Description = "Write the reading of every token as well." };
        var command = new Command("monitor", "Reads traits in conversations: before each answer, over it, and at its strongest token.") { model, output, page, shown, tokens, json };
        file.AddTo(command);
        monitor.AddTo(command);
        command.Subcommands.Add(CreateCalibrate());
        return command.Does((parsed, cancellation) =>
        {
            using var loaded = model.Load(parsed);
            var options = monitor.ReadOptions(parsed);
            var reader = new ConversationMonitor(loaded, monitor.ReadTraits(parsed), options);
            var (summary, html) = (new MonitorSummary(), new MonitorPage(loaded, options.Calibration, parsed.GetValue(shown)));
            AtomicFile.Write(parsed.GetValue(output)!, stream =>
            {
                using var writer = new StreamWriter(stream, leaveOpen: true);
                file.Each(parsed, loaded, texts => reader.Read(texts, cancellation), conversation =>
                {
                    summary.Add(conversation);
                    html.Add(summary.Conversations, conversation);
                    writer.WriteLine(JsonOutput.Line(MonitorOutput.ToJson(summary.Conversations, conversation, options.Calibration, position => Token(loaded, conversation, position), parsed.GetValue(tokens))));
                    Warn(summary.Conversations, conversation, loaded);
                });
            });
            if (parsed.GetValue(page) is { } path)
                AtomicFile.WriteText(path, html.ToHtml());
            if (parsed.GetValue(json))
                JsonOutput.Print(MonitorOutput.ToJson(summary));
            else
                MonitorOutput.Print(summary);
        });
    }

    private static Command CreateCalibrate()
    {
        var (file, model, monitor, json) = (new ChatFileOptions(), new ModelOptions(), new MonitorOptions(required: true), CommonOptions.Json());
        var output = new Option<string>("--output", "-o") { Description = "The calibration to write (JSON).", Required = true };
        var seed = CommonOptions.Number("--seed", "Decides which tokens percentiles are taken from, where there are more than 65,536.", 1);
        var command = new Command("calibrate", "Says what traits read on reference traffic, so that readings become z-scores and percentiles.") { model, output, seed, monitor.TraitOption, json };
        file.AddTo(command);
        return command.Does((parsed, cancellation) =>
        {
            using var loaded = model.Load(parsed);
            var traits = monitor.ReadTraits(parsed);
            var (reader, builder) = (new ConversationMonitor(loaded, traits), new CalibrationBuilder(loaded, traits, parsed.GetValue(seed)));
            file.Each(parsed, loaded, texts => reader.Read(texts, cancellation), builder.Add);
            var calibration = builder.Build() with { DataHash = TextFile.Hash(file.Path(parsed)) };
            calibration.Save(parsed.GetValue(output)!);
            if (parsed.GetValue(json))
                JsonOutput.Print(MonitorOutput.ToJson(calibration));
            else
                MonitorOutput.Print(calibration);
        });
    }

    // Alarms are told as they come: a long file may take a while.
    private static void Warn(int number, MonitoredConversation conversation, LoadedModel model)
    {
        foreach (var passed in conversation.Turns.SelectMany(turn => turn.Events).Where(passed => passed.Rule.Action == MonitorAction.Alarm))
            Console.Error.WriteLine($"chat {number}: {passed} \"{Token(model, conversation, passed.Position)}\"");
    }

    private static string Token(LoadedModel model, MonitoredConversation conversation, int position) => model.RequireTokenizer().Decode([conversation.Text.Ids[position]]);
}
