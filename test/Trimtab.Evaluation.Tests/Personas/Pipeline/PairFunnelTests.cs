using Trimtab.Evaluation.Judges;
using Trimtab.Evaluation.Personas;
using Xunit;

namespace Trimtab.Evaluation.Tests.Personas.Pipeline;

public sealed class PairFunnelTests
{
    private static readonly RolloutPair Pair = new(0, 0, "q", "yes", "no");

    [Theory]
    [InlineData(50, 49.9, 50, 50, PairFate.Kept)]
    [InlineData(49.9, 0, 90, 90, PairFate.TraitMissing)]
    [InlineData(90, 50, 90, 90, PairFate.TraitUnasked)]
    [InlineData(90, 0, 49.9, 90, PairFate.Incoherent)]
    [InlineData(90, 0, 90, 49.9, PairFate.Incoherent)]
    public void A_pair_is_kept_at_the_borders_and_dropped_beyond_them(double positive, double negative, double first, double second, PairFate expected) =>
        Assert.Equal(expected, PairFunnel.FateOf(Pair, Judged(new Score(positive, 1), new Score(negative, 1), new Score(first, 1), new Score(second, 1))));

    [Fact]
    public void What_has_no_score_drops_its_pair_on_either_side()
    {
        Judgement good = new Score(90, 1), bad = new Score(0, 1), none = new Unreadable("?");
        Assert.Equal(PairFate.Refused, PairFunnel.FateOf(Pair, Judged(new Refused(), bad, good, good)));
        Assert.Equal(PairFate.Refused, PairFunnel.FateOf(Pair, Judged(good, new Refused(), good, none)));
        Assert.Equal(PairFate.Unreadable, PairFunnel.FateOf(Pair, Judged(none, bad, good, good)));
        Assert.Equal(PairFate.Unreadable, PairFunnel.FateOf(Pair, Judged(good, bad, good, none)));
    }

    [Theory, InlineData("", "no"), InlineData("yes", " \n")]
    public void An_empty_answer_drops_its_pair_whatever_the_judges_say(string positive, string negative) =>
        Assert.Equal(PairFate.Empty, PairFunnel.FateOf(Pair with { Positive = positive, Negative = negative }, Judged(new Score(90, 1), new Score(0, 1), new Score(90, 1), new Score(90, 1))));

    [Fact]
    public void Counts_name_every_fate_those_without_a_pair_too()
    {
        var funnel = PairFunnel.Of([PairFate.Kept, PairFate.Refused, PairFate.Kept]);
        Assert.Equal((3, 2, 1, 0), (funnel.Asked, funnel.Kept, funnel.Counts[PairFate.Refused], funnel.Counts[PairFate.Empty]));
        Assert.Equal("of 3 pairs 2 kept, 0 with an empty answer, 1 with a refusal, 0 that a judge could not read, 0 with coherence below 50, 0 without the trait where it was asked for, 0 with the trait where its opposite was asked for", funnel.ToString());
    }

    private static JudgedPair Judged(Judgement positive, Judgement negative, Judgement first, Judgement second) =>
        new(new JudgedAnswer(new Verdict(positive), new Verdict(first)), new JudgedAnswer(new Verdict(negative), new Verdict(second)));
}
