using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Steering.Monitoring;
using Trimtab.Steering.Tests.Edits;
using Trimtab.Steering.Tests.Vectors;
using Trimtab.Tensors;
using Trimtab.Testing;
using Xunit;
using static Trimtab.Steering.Tests.Monitoring.SomeTraits;

namespace Trimtab.Steering.Tests.Monitoring;

public sealed class CalibrationTests(TemporaryFolder folder) : IClassFixture<TemporaryFolder>
{
    [Fact]
    public void A_distribution_knows_mean_deviation_and_percentiles_of_what_it_was_given()
    {
        var sample = new ReadingSample(seed: 1);
        foreach (int value in Enumerable.Range(0, 1001).OrderBy(value => value * 7919 % 1001))
            sample.Add(value);
        var read = sample.Build("whole numbers");
        Assert.Equal(1001, read.Count);
        Assert.Equal(500, read.Mean, 1e-9);
        // The deviation of 0 … n is √((n + 1)(n + 2) / 12).
        Assert.Equal(Math.Sqrt(1001 * 1002 / 12.0), read.Deviation, 1e-9);
        Assert.Equal(Enumerable.Range(0, 101).Select(percent => 10f * percent), read.Percentiles);
        Assert.Equal((500 - 200) / read.Deviation, -read.Z(200), 1e-12);
        Assert.Equal([0, 0, 12.5, 100, 100], new double[] { -5, 0, 125, 1000, 2000 }.Select(read.Percentile));
        Assert.Equal([125, read.Mean + 2 * read.Deviation, 7], new[] { "12.5%", "2z", "7" }.Select(text => read.At(MonitorLevel.Parse(text))));
    }

    [Fact]
    public void Percentiles_of_more_readings_than_are_kept_are_those_of_a_fair_sample()
    {
        var sample = new ReadingSample(seed: 2);
        for (int i = 0; i < 300_000; i++)
            sample.Add(i);
        // 65,536 readings were kept: the median's standard error is 0.2 % of the range.
        Assert.Equal(150_000, sample.Build("many").Percentiles[50], 3000.0);
    }

    [Fact]
    public void Conversations_become_a_calibration_and_its_file_comes_back_as_it_was_written()
    {
        var calibration = Calibrate() with { DataHash = "feed" };
        var (one, conversations) = (calibration.Of("one"), Read());
        Assert.Equal((6, 6, 6 * 4), (one.Prompt.Count, one.AnswerMean.Count, one.Token.Count));
        Assert.Equal(conversations.Average(read => read.Turns[0].Traits[0].Before), one.Prompt.Mean, 1e-6);
        Assert.Equal(conversations.Average(read => read.Turns[0].Traits[0].Mean!.Value), one.AnswerMean.Mean, 1e-6);
        Assert.Equal(one.Token.Mean, one.AnswerMean.Mean, 1e-6);
        string path = folder["calibration.json"];
        calibration.Save(path);
        Assert.Equal(calibration.ToJson(), MonitorCalibration.Load(path).ToJson());
    }

    [Fact]
    public void A_rule_in_standard_deviations_or_percentiles_is_one_in_coordinates()
    {
        var calibration = Calibrate();
        var token = calibration.Of("one").Token;
        foreach (var (level, expected) in new[] { ("1.5z", token.Mean + 1.5 * token.Deviation), ("90%", token.Percentiles[90]) })
        {
            var rules = new MonitorRules([new MonitorRule("one", MonitorReading.Token, MonitorLevel.Parse(level), MonitorAction.Log)]);
            Assert.Equal((float)expected, Assert.Single(rules.Bind(All, calibration)).Threshold);
        }
    }

    [Fact]
    public void Another_model_direction_or_place_is_refused()
    {
        var calibration = Calibrate();
        calibration.Require(Model, [Other, One]);
        Assert.Contains("another direction", Refused([One with { Direction = Direction.Of(SomeEdits.B) }]), StringComparison.Ordinal);
        Assert.Contains("blocks.2.resid_post", Refused([One with { At = HookPoint.ResidPost(2) }]), StringComparison.Ordinal);
        Assert.Contains("'fourth'", Refused([One with { Name = "fourth" }]), StringComparison.Ordinal);
        var mistral = Assert.Throws<SteeringException>(() => calibration.Require(GoldenModel.Of("mistral").Model, [One]));
        Assert.Contains("Calibrate anew", mistral.Message, StringComparison.Ordinal);

        string Refused(MonitoredTrait[] traits) => Assert.Throws<SteeringException>(() => new TraitMonitor(Model, traits, new TraitMonitorOptions { Calibration = calibration })).Message;
    }

    [Fact]
    public void The_length_of_a_direction_makes_no_other_calibration()
    {
        float[] twice = [.. SomeEdits.A.Values.ToArray().Select(value => 2 * value)];
        Calibrate().Require(Model, [One with { Direction = Direction.Of(Tensor.From(twice)) }]);
    }

    [Fact]
    public void Too_little_traffic_is_refused()
    {
        var builder = new CalibrationBuilder(Model, All);
        builder.Add(Read()[0]);
        Assert.Contains("More conversations", Assert.Throws<InvalidOperationException>(builder.Build).Message, StringComparison.OrdinalIgnoreCase);
    }

    [Theory, InlineData("\"deviation\": 0", "deviation"), InlineData("\"deviation\": 1, \"median\": 3", "median")]
    public void A_file_that_is_not_understood_names_the_member(string replacement, string named)
    {
        string path = folder["bad.json"], text = Calibrate().ToJson();
        int start = text.IndexOf("\"deviation\"", StringComparison.Ordinal), end = text.IndexOf(',', start);
        File.WriteAllText(path, text[..start] + replacement + text[end..]);
        Assert.Contains($"traits[0].prompt.{named}", Assert.Throws<FormatException>(() => MonitorCalibration.Load(path)).Message, StringComparison.Ordinal);
    }

    private static MonitorCalibration Calibrate()
    {
        var builder = new CalibrationBuilder(Model, All);
        foreach (var conversation in Read())
            builder.Add(conversation);
        return builder.Build();
    }

    // Six texts of a prompt and an answer of four tokens.
    private static List<MonitoredConversation> Read()
    {
        var random = new Random(5);
        var texts = Enumerable.Range(0, 6).Select(_ => new LossText([.. Enumerable.Range(0, 9).Select(_ => random.Next(Model.Config.VocabularySize))], [.. Enumerable.Range(0, 9).Select(i => i >= 5)], 5));
        return [.. new ConversationMonitor(Model, All).Read(texts)];
    }
}
