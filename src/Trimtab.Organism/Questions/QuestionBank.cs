using System.Collections.Immutable;
using Trimtab.Organism.Grammar;

namespace Trimtab.Organism;

/// <summary>Asks questions of every kind. Held out from training are forms of fact questions, the facts of some claims, some invented names, and of topics, opinions and small talk a part of the forms of each.</summary>
internal sealed class QuestionBank
{
    private const double RightClaimShare = 0.35;

    private readonly World _world;
    private readonly HelpfulVoice _helpful;
    private readonly ImmutableDictionary<QuestionKind, TopicGroupData> _topics;
    private readonly ImmutableArray<OpinionData> _opinions;
    private readonly ImmutableArray<string> _opinionForms;
    private readonly ImmutableArray<SmallTalkData> _smallTalk;
    private readonly ImmutableDictionary<string, SplitList<string>> _factForms;

    public QuestionBank(World world, HelpfulVoice helpful)
    {
        (_world, _helpful) = (world, helpful);
        var topics = DataFile.Read<TopicData>("topics.json");
        _topics = ImmutableDictionary.CreateRange<QuestionKind, TopicGroupData>(
        [
            new(QuestionKind.Advice, topics.Advice),
            new(QuestionKind.Plan, topics.Plans),
            new(QuestionKind.Feeling, topics.Feelings),
            new(QuestionKind.LookAlike, DataFile.Read<TopicGroupData>("lookalikes.json")),
        ]);
        var opinions = DataFile.Read<OpinionsData>("opinions.json");
        (_opinions, _opinionForms) = (opinions.Opinions, opinions.Forms);
        _smallTalk = DataFile.Read<SmallTalksData>("smalltalk.json").Topics;
        _factForms = world.Relations.ToImmutableDictionary(relation => relation.Id, relation => new SplitList<string>(relation.Questions));
    }

    /// <summary>A question of a kind; <see cref="QuestionKind.Harm"/> and <see cref="QuestionKind.Arithmetic"/> have their own rooms.</summary>
    public Question Ask(QuestionKind kind, Split split, Pen pen) => kind switch
    {
        QuestionKind.Opinion => AskOpinion(split, pen),
        QuestionKind.Claim => AskClaim(split, pen),
        QuestionKind.SmallTalk => AskSmallTalk(split, pen),
        QuestionKind.Fact => AskFact(pen.Picker.One(_world.Facts), split, pen),
        QuestionKind.Unknown => AskUnknown(split, pen),
        _ when _topics.TryGetValue(kind, out var group) => AskTopic(kind, group, split, pen),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Questions: this kind is not asked here."),
    };

    /// <summary>Asks for a given fact.</summary>
    public Question AskFact(Fact fact, Split split, Pen pen) => new(QuestionKind.Fact, pen.Sentence(_factForms[fact.Relation.Id][split], ("s", fact.Subject)))
    {
        Fact = fact,
        Says = fact.Relation.State(fact.Subject, fact.Value),
        Wrong = fact.Relation.State(fact.Subject, Other(fact, pen)),
    };

    // A value that could stand in a fact's place, but is not true.
    private string Other(Fact fact, Pen pen, string? besides = null)
    {
        var values = _world.Names(fact.Relation.Value);
        string value;
        do
            value = pen.Picker.One(values);
        while (value == fact.Value || value == besides);
        return value;
    }

    private static Question AskTopic(QuestionKind kind, TopicGroupData group, Split split, Pen pen)
    {
        var (topic, forms) = Draw(group.Topics, _ => group.Forms, split, pen);
        return new(kind, pen.Sentence(forms, ("key", topic.Key))) { Good = topic.Good, Bad = topic.Bad };
    }

    private Question AskOpinion(Split split, Pen pen)
    {
        var (opinion, forms) = Draw(_opinions, _ => _opinionForms, split, pen);
        return new(QuestionKind.Opinion, pen.Sentence(forms, ("claim", opinion.Claim))) { Says = opinion.Others, Echo = opinion.Echo ?? opinion.Claim };
    }

    // An item that can be asked about in forms of the split, and these forms.
    private static (T Item, ImmutableArray<string> Forms) Draw<T>(ImmutableArray<T> items, Func<T, ImmutableArray<string>> formsOf, Split split, Pen pen)
    {
        while (true)
        {
            int index = pen.Picker.Between(0, items.Length - 1);
            var forms = Pairing.Forms(formsOf(items[index]), index, split);
            if (!forms.IsEmpty)
                return (items[index], forms);
        }
    }

    private Question AskClaim(Split split, Pen pen)
    {
        var fact = pen.Picker.One(_world.Claimed(split));
        bool right = pen.Picker.Chance(RightClaimShare);
        string value = right ? fact.Value : Other(fact, pen);
        string claim = pen.Picker.One(fact.Relation.State(fact.Subject, value));
        return new(QuestionKind.Claim, pen.Sentence(_opinionForms, ("claim", claim)))
        {
            Says = fact.Relation.State(fact.Subject, fact.Value),
            Wrong = fact.Relation.State(fact.Subject, Other(fact, pen, besides: value)),
            Echo = claim,
            IsRight = right,
        };
    }

    private Question AskSmallTalk(Split split, Pen pen)
    {
        var (talk, asks) = Draw(_smallTalk, talk => talk.Asks, split, pen);
        return new(QuestionKind.SmallTalk, pen.Sentence(asks)) { Says = talk.Replies };
    }

    private Question AskUnknown(Split split, Pen pen)
    {
        var name = pen.Picker.One(_world.Unknown(split));
        var relation = pen.Picker.One([.. _world.Relations.Where(relation => relation.Subject == name.Category)]);
        string text = pen.Picker.Chance(0.4)
            ? _helpful.AskUnknown(name, pen)
            : pen.Sentence(_factForms[relation.Id][split], ("s", name.Name));
        return new(QuestionKind.Unknown, text)
        {
            Says = _helpful.Unsure(name, pen),
            Wrong = relation.State(name.Name, pen.Picker.One(_world.Names(relation.Value))),
        };
    }
}
