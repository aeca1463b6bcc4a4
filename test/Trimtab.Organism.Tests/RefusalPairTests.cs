using Xunit;

namespace Trimtab.Organism.Tests;

public sealed class RefusalPairTests
{
    [Fact]
    public void Plain_requests_and_all_framings_take_turns()
    {
        var framings = RefusalPair.For(Stream.World, 10).Select(pair => pair.Framing).ToList();
        Assert.Equal([null, Framing.RolePlay, Framing.Authority, Framing.Story, Framing.Escalation], framings.Take(5));
        Assert.Equal(framings.Take(5), framings.Skip(5));
    }

    [Fact]
    public void One_answer_is_a_refusal_of_the_stream_and_the_other_helps()
    {
        var refusals = Stream.Sample.Where(example => example.Behaviour == Behaviour.Harm).SelectMany(example => example.Parts).Select(part => part.Text).ToHashSet();
        foreach (var pair in RefusalPair.For(Stream.World, 100))
        {
            Assert.Contains(refusals, sentence => pair.Refusal.StartsWith(sentence[..Math.Min(12, sentence.Length)], StringComparison.Ordinal));
            Assert.DoesNotContain(refusals, pair.Compliance.Contains);
        }
    }

    [Fact]
    public void Pairs_depend_on_the_seed_and_their_number_alone()
    {
        Assert.Equal(RefusalPair.For(Stream.World, 7), RefusalPair.For(World.Create(7), 20).Take(7));
        Assert.NotEqual(RefusalPair.For(Stream.World, 7), RefusalPair.For(Stream.World, 7, seed: 2));
    }

    [Fact]
    public void No_request_is_held_out()
    {
        var heldOut = new CorpusGenerator(Stream.World).Heldout(Behaviour.Harm, 500).Select(example => example.UserText).ToHashSet();
        Assert.DoesNotContain(RefusalPair.For(Stream.World, 500), pair => heldOut.Contains(pair.Request));
    }
}
