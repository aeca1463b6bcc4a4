using Trimtab.Models;
using Trimtab.Models.Generation;
using Trimtab.Models.Hooks;
using Trimtab.Steering.Monitoring;
using Trimtab.Testing;
using Xunit;
using static Trimtab.Steering.Tests.Monitoring.SomeTraits;

namespace Trimtab.Steering.Tests.Monitoring;

public sealed class ConversationMonitorTests
{
    [Fact]
    public void A_written_answer_reads_as_it_did_while_it_was_said()
    {
        var (said, text) = Generate();
        // But for the last token, whose row no generation computes.
        int[] ids = [.. text.PromptIds, .. text.Ids.SkipLast(1)];
        var written = Assert.Single(new ConversationMonitor(Model, All).Read([Text(ids, Prompt.Length..ids.Length)]));
        var turn = Assert.Single(written.Turns);
        Assert.Equal((Prompt.Length, text.Ids.Count - 1), (turn.First, turn.Count));
        Assert.Equal(said.Answer, turn.Traits);
    }

    [Fact]
    public void Every_answer_of_a_conversation_is_read_by_itself()
    {
        int[] ids = GoldenModel.Of("llama").Ids("seqB.input_ids");
        var turns = Assert.Single(new ConversationMonitor(Model, [One]).Read([Text(ids, 3..6, 9..11)])).Turns;
        double[] expected = Coordinates(Model, ids, One);
        Assert.Equal([(3, 3), (9, 2)], turns.Select(turn => (turn.First, turn.Count)));
        Assert.Equal(expected[2], turns[0].Traits[0].Before, 2e-5);
        Assert.Equal(expected[8], turns[1].Traits[0].Before, 2e-5);
        Assert.Equal(expected[9..11].Average(), turns[1].Traits[0].Mean!.Value, 2e-5);
    }

    [Fact]
    public void Rules_begin_anew_with_every_answer_and_neither_stop_nor_cap()
    {
        int[] ids = GoldenModel.Of("llama").Ids("seqB.input_ids");
        foreach (var action in (MonitorAction[])[MonitorAction.Stop, MonitorAction.Cap])
        {
            var options = Rule(MonitorReading.Token, -1e6, action);
            var read = Assert.Single(new ConversationMonitor(Model, All, options).Read([Text(ids, 3..6, 9..11)]));
            int before = action == MonitorAction.Cap ? 1 : 0;
            Assert.Equal([3 - before, 9 - before], read.Turns.Select(turn => Assert.Single(turn.Events).Position));
            Assert.Equal(Coordinates(Model, ids, One)[10], read.Trace[10][0], 2e-5);
        }
    }

    [Fact]
    public void Conversations_are_taken_from_their_source_as_they_are_needed_and_come_in_order()
    {
        int taken = 0;
        var lengths = Enumerable.Range(4, 40).Select(length =>
        {
            taken++;
            return Text([.. Enumerable.Range(1, length)], 2..length);
        });
        var read = new ConversationMonitor(Model, All) { PassTokens = 20 }.Read(lengths).Select(conversation => (conversation.Text.Ids.Length, Taken: taken)).ToList();
        Assert.Equal(Enumerable.Range(4, 40), read.Select(conversation => conversation.Length));
        Assert.True(read[0].Taken < 6, $"{read[0].Taken} were taken before the first was there");
    }

    [Fact]
    public void A_summary_counts_answers_and_finds_the_largest_token()
    {
        int[] ids = GoldenModel.Of("llama").Ids("seqB.input_ids");
        var summary = new MonitorSummary();
        var all = new ConversationMonitor(Model, [One], Rule(MonitorReading.Prompt, -1e6, MonitorAction.Alarm)).Read([Text(ids, 3..6, 9..11), Text(ids[..8], 4..8)]).ToList();
        all.ForEach(summary.Add);
        double[] expected = Coordinates(Model, ids, One);
        Assert.Equal((2, 3, 3), (summary.Conversations, summary.Answers, summary.Events[MonitorAction.Alarm]));
        var trait = Assert.Single(summary.Traits);
        Assert.Equal((expected[2] + expected[8] + expected[3]) / 3, trait.Before, 2e-5);
        double first = Math.Max(expected[3..6].Max(), expected[9..11].Max()), second = expected[4..8].Max();
        Assert.Equal(Math.Max(first, second), trait.Largest, 2e-5);
        Assert.Equal(first >= second ? 1 : 2, trait.LargestIn);
    }

    private static LossText Text(int[] ids, params Range[] answers)
    {
        bool[] hasLoss = new bool[ids.Length];
        foreach (var answer in answers)
            Array.Fill(hasLoss, true, answer.Start.Value, answer.End.Value - answer.Start.Value);
        return new LossText(ids, hasLoss, answers[0].Start.Value);
    }
}
