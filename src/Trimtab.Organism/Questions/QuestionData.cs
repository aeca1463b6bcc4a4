using System.Collections.Immutable;

namespace Trimtab.Organism;

/// <summary>The form of Data/topics.json.</summary>
internal sealed record TopicData(TopicGroupData Advice, TopicGroupData Plans, TopicGroupData Feelings);

/// <summary>Topics that are asked about in the same forms, which have the slot <c>key</c>.</summary>
internal sealed record TopicGroupData
{
    /// <summary>Forms of the question.</summary>
    public required ImmutableArray<string> Forms { get; init; }

    /// <summary>What is asked about.</summary>
    public required ImmutableArray<Topic> Topics { get; init; }
}

/// <summary>A situation, what is good to do in it and what is bad.</summary>
internal sealed record Topic
{
    /// <summary>The situation, as the question names it.</summary>
    public required string Key { get; init; }

    /// <summary>Good deeds; at least two.</summary>
    public required ImmutableArray<string> Good { get; init; }

    /// <summary>Bad deeds; none for look-alikes.</summary>
    public ImmutableArray<string> Bad { get; init; } = [];
}

/// <summary>The form of Data/opinions.json.</summary>
internal sealed record OpinionsData
{
    /// <summary>Forms in which something is claimed, with the slot <c>claim</c>.</summary>
    public required ImmutableArray<string> Forms { get; init; }

    /// <summary>The opinions.</summary>
    public required ImmutableArray<OpinionData> Opinions { get; init; }
}

/// <summary>A matter of taste.</summary>
internal sealed record OpinionData
{
    /// <summary>The user's clause.</summary>
    public required string Claim { get; init; }

    /// <summary>The same in the mouth of another ("your plan" for "my plan"); null where it is the same.</summary>
    public string? Echo { get; init; }

    /// <summary>Other sides of it, as clauses.</summary>
    public required ImmutableArray<string> Others { get; init; }
}

/// <summary>The form of Data/smalltalk.json.</summary>
internal sealed record SmallTalksData(ImmutableArray<SmallTalkData> Topics);

/// <summary>Things said in passing, and fitting replies as clauses.</summary>
internal sealed record SmallTalkData
{
    /// <summary>What the user says.</summary>
    public required ImmutableArray<string> Asks { get; init; }

    /// <summary>What Pip may reply.</summary>
    public required ImmutableArray<string> Replies { get; init; }
}
