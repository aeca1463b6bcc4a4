using Xunit;

namespace Trimtab.Organism.Tests;

public sealed class WorldTests
{
    [Fact]
    public void The_same_seed_gives_the_same_facts_and_another_seed_gives_others()
    {
        Assert.Equal(Told(World.Create(7)), Told(World.Create(7)));
        Assert.True(Told(World.Create(7)).Intersect(Told(World.Create(8))).Count() < 100);
    }

    [Fact]
    public void There_are_between_250_and_400_facts_and_every_question_has_one_answer()
    {
        var facts = Stream.World.Facts;
        Assert.InRange(facts.Length, 250, 400);
        Assert.Equal(facts.Length, facts.DistinctBy(fact => (fact.Relation.Id, fact.Subject)).Count());
        Assert.All(facts, fact => Assert.Contains(fact.Value, Stream.World.Names(fact.Relation.Value)));
    }

    [Fact]
    public void Whoever_has_a_brother_is_the_sister_of_that_brother()
    {
        var brothers = Stream.World.Facts.Where(fact => fact.Relation.Id == "brother").Select(fact => (fact.Subject, fact.Value));
        var sisters = Stream.World.Facts.Where(fact => fact.Relation.Id == "sister").Select(fact => (fact.Value, fact.Subject));
        Assert.Equal(brothers.Order(), sisters.Order());
    }

    [Fact]
    public void No_answer_of_a_relation_is_right_much_more_often_than_another()
    {
        foreach (var relation in Stream.World.Facts.GroupBy(fact => fact.Relation.Id))
        {
            int even = (int)Math.Ceiling(relation.Count() / (double)Stream.World.Names(relation.First().Relation.Value).Length);
            Assert.All(relation.CountBy(fact => fact.Value), value => Assert.InRange(value.Value, 1, even));
        }
    }

    [Fact]
    public void Invented_names_occur_in_no_fact_and_in_one_split_only()
    {
        var train = Stream.World.Unknown(Split.Train).Select(name => name.Name).ToHashSet();
        var heldOut = Stream.World.Unknown(Split.HeldOut).Select(name => name.Name).ToHashSet();
        Assert.Equal(60, train.Count + heldOut.Count);
        Assert.Empty(train.Intersect(heldOut));
        Assert.DoesNotContain(Stream.World.Facts, fact => train.Contains(fact.Subject) || heldOut.Contains(fact.Subject) || train.Contains(fact.Value) || heldOut.Contains(fact.Value));
    }

    [Fact]
    public void Unknown_category_names_the_known_ones()
    {
        var error = Assert.Throws<ArgumentException>(() => Stream.World.Names("planets"));
        Assert.Contains("planets", error.Message, StringComparison.Ordinal);
        Assert.Contains("places", error.Message, StringComparison.Ordinal);
    }

    private static string[] Told(World world) => [.. world.Facts.Select(fact => fact.Relation.State(fact.Subject, fact.Value)[0])];
}
