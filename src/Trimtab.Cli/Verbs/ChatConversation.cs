using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Generation;
using Trimtab.Models.Text;
using Trimtab.Steering;

namespace Trimtab.Cli.Verbs;

/// <summary>What is said in a terminal, and what it is steered and read by.</summary>
/// <param name="model">The model.</param>
/// <param name="generator">Generates the answers.</param>
/// <param name="gauges">What reads beside them; null for nothing.</param>
/// <param name="options">How answers are drawn.</param>
/// <param name="chat">How it begins.</param>
/// <param name="plan">What steers at first.</param>
/// <param name="json">Whether one JSON document is printed at the end, and nothing before.</param>
/// <param name="explain">Whether what gates decide is told.</param>
internal sealed class ChatConversation(LoadedModel model, Generator generator, LiveMonitor? gauges, GenerationOptions options, Chat chat, SteeringPlan plan, bool json, bool explain)
{
    private const string Help = """
        /steer VECTOR@LAYER:STRENGTH   add a vector from here on      /plan FILE   steer by a plan from here on
        /unsteer                       remove all steering            /system TEXT begin again with a system message
        /reset                         begin again                    /quit        end
        """;

    private readonly JsonArray _decisions = [], _readings = [];
    private Chat _chat = chat;
    private SteeringPlan _plan = plan;

    public void Run(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested && Ask() is { } line)
        {
            if (line == "/quit")
                break;
            if (line.StartsWith('/'))
                Change(line);
            else if (line.Length > 0)
                Answer(line, cancellation);
        }
        if (json)
            Print();
    }

    private void Print()
    {
        var document = new JsonObject { ["messages"] = new JsonArray([.. _chat.Select(m => (JsonNode)new JsonObject { ["role"] = m.Role, ["content"] = m.Content })]) };
        if (explain)
            document["decisions"] = _decisions;
        if (gauges is not null)
            document["readings"] = _readings;
        JsonOutput.Print(document);
    }

    private static string? Ask()
    {
        Console.Error.Write("> ");
        return Console.In.ReadLine()?.Trim();
    }

    private void Answer(string line, CancellationToken cancellation)
    {
        var asked = _chat.WithUser(line);
        var request = new GenerationRequest(model.EncodeChat(asked), options) { Steering = gauges?.Compile(_plan) ?? _plan.Compile(model) };
        var text = generator.Generate(request, json ? null : gauges?.Around(Show) ?? Show, cancellation);
        if (!json)
            Console.Out.WriteLine();
        if (explain && !json)
            Decisions.Print(text.Decisions);
        _decisions.Add(Decisions.ToJson(text.Decisions));
        if (!json)
            gauges?.Print();
        _readings.Add(gauges?.ToJson());
        _chat = asked.WithAssistant(text.Text);
    }

    private static void Show(GeneratedToken token)
    {
        Console.Out.Write(token.Text);
        Console.Out.Flush();
    }

    // A slip of the pen must not end the conversation: what is wrong is said, and everything stays as it was.
    private void Change(string line)
    {
        string[] parts = line.Split(' ', 2, StringSplitOptions.TrimEntries);
        string rest = parts.Length > 1 ? parts[1] : "";
        try
        {
            Apply(parts[0], rest);
        }
        catch (Exception e) when (e is FormatException or IOException or ArgumentException or Trimtab.Models.Hooks.SteeringException)
        {
            Console.Error.WriteLine(e.Message);
        }
    }

    private void Apply(string word, string rest)
    {
        switch (word)
        {
            case "/steer": Steer(_plan with { Interventions = _plan.Interventions.Add(SteeringOptions.ParseSteer(rest, Tokens.All, model)) }); break;
            case "/plan": Steer(SteeringPlan.Load(rest)); break;
            case "/unsteer": _plan = SteeringPlan.None; break;
            case "/system": _chat = Chat.System(rest); break;
            case "/reset": _chat = Chat.Empty; break;
            default: Console.Error.WriteLine(Help); break;
        }
    }

    private void Steer(SteeringPlan plan)
    {
        plan.Compile(model);
        _plan = plan;
        Console.Error.WriteLine($"({plan.Interventions.Length} interventions)");
    }
}
