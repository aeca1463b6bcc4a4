using Trimtab.Evaluation.Judges;
using Xunit;

namespace Trimtab.Evaluation.Tests.Judges;

public sealed class ScoreMassTests
{
    [Fact]
    public void The_score_is_the_mean_number_and_its_confidence_the_mass_on_numbers()
    {
        var score = Assert.IsType<Score>(Of(0, (80, 0.3), (90, 0.1), (80, 0.1)).Judgement());
        Assert.Equal((80 * 0.4 + 90 * 0.1) / 0.5, score.Value, 1e-9);
        Assert.Equal(0.5, score.Confidence, 1e-9);
    }

    [Theory]
    [InlineData(0.24, 0, typeof(Unreadable))]
    [InlineData(0.26, 0, typeof(Score))]
    [InlineData(0.2, 0.24, typeof(Unreadable))]
    [InlineData(0.2, 0.3, typeof(Refused))]
    [InlineData(0.3, 0.6, typeof(Refused))]
    [InlineData(0.45, 0.35, typeof(Score))]
    [InlineData(0.3, 0.32, typeof(Score))]
    public void Refusals_need_to_be_likeliest_or_to_have_the_floor_to_themselves(double number, double refusal, Type expected) => Assert.IsType(expected, Of(refusal, (50, number)).Judgement());

    [Fact]
    public void Many_numbers_together_do_not_hide_a_refusal_that_is_likelier_than_each() =>
        Assert.IsType<Refused>(Of(0.4, [.. Enumerable.Range(0, 60).Select(i => (i, 0.01))]).Judgement());

    [Theory]
    [InlineData("0", 0)]
    [InlineData(" 85\n", 85)]
    [InlineData("100", 100)]
    [InlineData("101", null)]
    [InlineData("085", null)]
    [InlineData("8.5", null)]
    [InlineData("-1", null)]
    [InlineData("+7", null)]
    [InlineData("", null)]
    [InlineData("85%", null)]
    public void Numbers_are_whole_and_from_0_to_100(string text, int? expected) => Assert.Equal(expected, ScoreText.Number(text));

    [Theory]
    [InlineData("REFUSAL", true)]
    [InlineData(" REF", true)]
    [InlineData("R", false)]
    [InlineData("Re", false)]
    [InlineData("REFUSED", false)]
    public void A_refusal_is_known_by_its_beginning(string token, bool expected) => Assert.Equal(expected, ScoreText.BeginsRefusal(token));

    private static ScoreMass Of(double refusal, params (int Value, double Probability)[] numbers)
    {
        var mass = new ScoreMass();
        mass.AddRefusal(refusal);
        foreach (var (value, probability) in numbers)
            mass.AddNumber(value, probability);
        return mass;
    }
}
