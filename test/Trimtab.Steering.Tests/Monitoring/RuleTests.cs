using Trimtab.Models;
using Trimtab.Models.Generation;
using Trimtab.Models.Hooks;
using Trimtab.Steering.Monitoring;
using Trimtab.Steering.Tests.Edits;
using Trimtab.Steering.Tests.Vectors;
using Trimtab.Testing;
using Xunit;
using static Trimtab.Steering.Tests.Monitoring.SomeTraits;

namespace Trimtab.Steering.Tests.Monitoring;

public sealed class RuleTests(TemporaryFolder folder) : IClassFixture<TemporaryFolder>
{
    private const int Said = 12;

    [Fact]
    public void An_event_is_recorded_where_a_threshold_is_passed_and_not_again_while_it_stays_so()
    {
        var watch = Watch(new MonitorRule("one", MonitorReading.Token, new MonitorLevel(1, MonitorUnit.Raw), MonitorAction.Log));
        float[] values = [5, 2, 3, 0, 1, 4];
        for (int i = 0; i < values.Length; i++)
            watch.Take(0, 10 + i, values[i], isAnswer: i > 0);
        // 5 stands before the answer, 1 on the threshold.
        Assert.Equal([(11, 2f), (15, 4f)], watch.Events.Select(passed => (passed.Position, passed.Value)));
        Assert.False(watch.Stops);
    }

    [Fact]
    public void A_running_mean_counts_from_a_token_on_and_smaller_means_below()
    {
        var watch = Watch(new MonitorRule("one", MonitorReading.RunningMean, new MonitorLevel(2, MonitorUnit.Raw), MonitorAction.Alarm) { Comparison = GateComparison.Smaller, FromToken = 3 });
        float[] values = [-9, 0, 0, 9, -3];
        for (int i = 0; i < values.Length; i++)
            watch.Take(0, i, values[i], isAnswer: i > 0);
        // The means from the third token on: 3, then 1.5.
        var passed = Assert.Single(watch.Events);
        Assert.Equal((4, 1.5f), (passed.Position, passed.Value));
    }

    [Fact]
    public void A_stop_ends_the_text_at_the_token_that_passed_the_threshold()
    {
        var (plain, whole) = Generate();
        int highest = Enumerable.Range(Prompt.Length, Said - 1).MaxBy(position => plain.Trace[position][0]);
        var (read, text) = Generate(Rule(MonitorReading.Token, plain.Trace[highest][0] - 1e-4, MonitorAction.Stop));
        Assert.Equal(StopReason.Halted, text.Stop);
        Assert.Equal(whole.Ids.Take(highest - Prompt.Length + 1), text.Ids);
        Assert.Equal((highest, plain.Trace[highest][0]), (Assert.Single(read.Events).Position, read.Events[0].Value));
        // A running mean of one token is that token; below any threshold it stops at once.
        Assert.Single(Generate(Rule(MonitorReading.RunningMean, 1e6, MonitorAction.Stop, GateComparison.Smaller)).Text.Ids);
    }

    [Fact]
    public void An_event_is_told_in_the_pass_that_read_it_before_the_next_token_is_chosen()
    {
        var (plain, _) = Generate();
        double level = Enumerable.Range(Prompt.Length, Said - 1).Average(position => plain.Trace[position][0]);
        var told = new List<(MonitorEvent Passed, int Id, int Said)>();
        int said = 0;
        var monitor = new TraitMonitor(Model, All, Rule(MonitorReading.Token, level, MonitorAction.Alarm)) { OnEvent = (read, passed) => told.Add((passed, read.IdAt(passed.Position), said)) };
        var text = new Generator(Model) { Sinks = [monitor] }.Generate(Request(), _ => said++);
        Assert.NotEmpty(told);
        Assert.Equal(monitor.Texts[0].Events, told.Select(one => one.Passed));
        // When the row of an answer's n-th token is computed, n tokens were chosen.
        Assert.All(told, one => Assert.Equal((one.Passed.Position - Prompt.Length + 1, text.Ids[one.Passed.Position - Prompt.Length]), (one.Said, one.Id)));
        Assert.True(told[^1].Said < Said, "an answer's last token has no row");
    }

    [Fact]
    public void A_stop_by_the_prompt_lets_no_token_be_said_and_leaves_other_texts_alone()
    {
        GenerationRequest[] requests = [Request(), new(GoldenModel.Of("llama").Ids("seqB.input_ids"), new GenerationOptions { MaxTokens = 8 })];
        double[] before = [.. requests.Select(request => Coordinates(Model, request.PromptIds, One)[^1])];
        int higher = before[0] > before[1] ? 0 : 1;
        var monitor = new TraitMonitor(Model, All, Rule(MonitorReading.Prompt, before.Average(), MonitorAction.Stop));
        var texts = new Generator(Model) { Sinks = [monitor] }.Generate(requests);
        Assert.Equal((StopReason.Halted, 0, ""), (texts[higher].Stop, texts[higher].Ids.Count, texts[higher].Text));
        Assert.Equal(new Generator(Model).Generate(requests[1 - higher]).Ids, texts[1 - higher].Ids);
    }

    [Fact]
    public void A_halted_text_need_not_have_met_the_tokens_of_its_plan()
    {
        var response = new Intervention([HookPoint.ResidPost(0)], Tokens.Response, SomeEdits.All["add"]);
        Assert.Equal(StopReason.Halted, Generate(Rule(MonitorReading.Prompt, -1e6, MonitorAction.Stop), SteeringPlan.Of(response)).Text.Stop);
    }

    [Fact]
    public void A_cap_lets_the_model_go_on_with_the_threshold_and_tells_where()
    {
        var (plain, _) = Generate();
        float level = plain.Trace[Prompt.Length + 1][0] - 0.05f;
        var options = Rule(MonitorReading.Token, level, MonitorAction.Cap);
        var (read, text) = Generate(options);
        Assert.NotEmpty(read.Events);
        Assert.All(read.Events, passed => Assert.True(passed.Value > level && read.Trace[passed.Position][0] == passed.Value));
        // What enters the next block: never above the level behind the prompt, and the reading itself where that is below.
        var capped = new TraitMonitor(Model, All, options).Capped(SteeringPlan.None).Compile(Model);
        double[] entering = Coordinates(Model, [.. text.PromptIds, .. text.Ids.SkipLast(1)], One, capped, new HookPoint(Site.ResidPre, 2), Prompt.Length);
        for (int position = Prompt.Length - 1; position < entering.Length; position++)
            Assert.Equal(Math.Min(read.Trace[position][0], level), entering[position], 2e-5);
        Assert.True(entering.Take(Prompt.Length - 1).Max() > level, "the prompt's own rows are not capped");
    }

    [Fact]
    public void A_cap_that_never_acts_changes_nothing()
    {
        var (read, text) = Generate(Rule(MonitorReading.Token, 1e6, MonitorAction.Cap));
        Assert.Empty(read.Events);
        Assert.Equal(Generate().Text.Ids, text.Ids);
    }

    [Fact]
    public void A_cap_that_is_not_in_the_plan_or_has_no_place_is_an_error()
    {
        var monitor = new TraitMonitor(Model, All, Rule(MonitorReading.Token, 1, MonitorAction.Cap));
        Assert.Contains("Capped", Assert.Throws<SteeringException>(() => new Generator(Model) { Sinks = [monitor] }.Generate(Request())).Message, StringComparison.Ordinal);
        var last = One with { At = HookPoint.ResidPost(Model.LayerCount - 1) };
        Assert.Contains("no place", Assert.Throws<SteeringException>(() => new TraitMonitor(Model, [last], Rule(MonitorReading.Token, 1, MonitorAction.Cap))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_rules_comes_back_as_it_was_written()
    {
        string path = folder["rules.json"], copy = folder["copy.json"];
        File.WriteAllText(path, """
            { "trimtab": "monitor-rules", "version": 1, "rules": [
              { "trait": "evil", "reading": "prompt", "threshold": 2.5, "action": "alarm" },
              { "trait": "evil", "reading": "running-mean", "threshold": "99%", "action": "stop", "from_token": 8 },
              { "trait": "kind", "reading": "token", "threshold": "-1.5z", "comparison": "smaller", "action": "cap" } ] }
            """);
        var rules = MonitorRules.Load(path);
        rules.Save(copy);
        Assert.Equal(rules.Rules, MonitorRules.Load(copy).Rules);
        Assert.Equal(new MonitorRule("kind", MonitorReading.Token, new MonitorLevel(-1.5, MonitorUnit.Deviations), MonitorAction.Cap) { Comparison = GateComparison.Smaller }, rules.Rules[2]);
        Assert.Equal((new MonitorLevel(99, MonitorUnit.Percentile), 8), (rules.Rules[1].Threshold, rules.Rules[1].FromToken));
    }

    [Theory]
    [InlineData("""{ "trimtab": "plan", "version": 1, "rules": [] }""", "monitor-rules")]
    [InlineData("""{ "trimtab": "monitor-rules", "version": 1, "rules": [], "by": "me" }""", "by")]
    [InlineData("""{ "trimtab": "monitor-rules", "version": 1, "rules": [{ "trait": "evil", "reading": "token", "threshold": 1, "action": "log", "unit": "z" }] }""", "rules[0].unit")]
    [InlineData("""{ "trimtab": "monitor-rules", "version": 1, "rules": [{ "trait": "evil", "reading": "tokens", "threshold": 1, "action": "log" }] }""", "running-mean")]
    [InlineData("""{ "trimtab": "monitor-rules", "version": 1, "rules": [{ "trait": "evil", "reading": "token", "threshold": "1q", "action": "log" }] }""", "rules[0].threshold")]
    [InlineData("""{ "trimtab": "monitor-rules", "version": 1, "rules": [{ "trait": "evil", "reading": "token", "threshold": "101%", "action": "log" }] }""", "101%")]
    [InlineData("""{ "trimtab": "monitor-rules", "version": 1, "rules": [{ "trait": "evil", "reading": "running-mean", "threshold": 1, "action": "cap" }] }""", "cannot be capped")]
    [InlineData("""{ "trimtab": "monitor-rules", "version": 1, "rules": [{ "trait": "evil", "reading": "token", "threshold": 1, "action": "log", "from_token": 3 }] }""", "only a running mean")]
    [InlineData("""{ "trimtab": "monitor-rules", "version": 1, "rules": [{ "trait": "evil", "reading": "token", "action": "log" }] }""", "threshold")]
    public void A_file_that_is_not_understood_gets_one_error_that_names_the_member(string text, string named)
    {
        string path = folder["bad.json"];
        File.WriteAllText(path, text);
        var error = Assert.Throws<FormatException>(() => MonitorRules.Load(path));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rule_that_cannot_be_held_is_refused_before_the_first_token()
    {
        Assert.Contains("no such trait", Refused(new MonitorRule("nobody", MonitorReading.Token, new MonitorLevel(1, MonitorUnit.Raw), MonitorAction.Log)), StringComparison.Ordinal);
        Assert.Contains("no calibration", Refused(new MonitorRule("one", MonitorReading.Token, new MonitorLevel(1, MonitorUnit.Deviations), MonitorAction.Log)), StringComparison.Ordinal);
    }

    private static string Refused(MonitorRule rule) => Assert.Throws<SteeringException>(() => new TraitMonitor(Model, All, new TraitMonitorOptions { Rules = new MonitorRules([rule]) })).Message;

    private static RuleWatch Watch(MonitorRule rule) => new(new MonitorRules([rule]).Bind([One], null), traits: 1);
}
