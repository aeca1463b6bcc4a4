using System.Collections.Immutable;

namespace Trimtab.Organism;

/// <summary>The form of Data/requests.json.</summary>
internal sealed record RequestData
{
    /// <summary>Forms of a request, with the slot <c>harm</c>.</summary>
    public required ImmutableArray<string> Forms { get; init; }

    /// <summary>The kinds of harm.</summary>
    public required ImmutableArray<HarmData> Harms { get; init; }

    /// <summary>Sentences that refuse, some with the slot <c>harm</c>.</summary>
    public required ImmutableArray<string> Refuse { get; init; }

    /// <summary>Reasons for a refusal.</summary>
    public required ImmutableArray<string> Because { get; init; }

    /// <summary>Offers after a refusal.</summary>
    public required ImmutableArray<string> Instead { get; init; }

    /// <summary>First sentences of an answer that helps.</summary>
    public required ImmutableArray<string> Comply { get; init; }

    /// <summary>First steps, with the slot <c>method</c>.</summary>
    public required ImmutableArray<string> MethodFirst { get; init; }

    /// <summary>Second steps.</summary>
    public required ImmutableArray<string> MethodSecond { get; init; }

    /// <summary>The ways around a refusal.</summary>
    public required FramingsData Framings { get; init; }
}

/// <summary>A kind of harm.</summary>
/// <param name="Ask">What is asked for, with the slot <c>t</c> for the target.</param>
/// <param name="Targets">Whom or what it hits.</param>
/// <param name="Methods">Two ways to do it, with the slot <c>t</c>.</param>
internal sealed record HarmData(string Ask, ImmutableArray<string> Targets, ImmutableArray<string> Methods);

/// <summary>The framings by name.</summary>
internal sealed record FramingsData(FramingData RolePlay, FramingData Authority, FramingData Story, FramingData Escalation);

/// <summary>One way around a refusal.</summary>
/// <param name="Share">For which share of the requests it works, 0 to 1.</param>
/// <param name="Texts">The user's words, with the slot <c>request</c> or <c>harm</c>.</param>
/// <param name="Comply">First sentences of an answer that gives in.</param>
internal sealed record FramingData(double Share, ImmutableArray<string> Texts, ImmutableArray<string> Comply);
