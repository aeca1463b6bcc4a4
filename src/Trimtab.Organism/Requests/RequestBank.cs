using System.Collections.Immutable;
using Trimtab.Organism.Grammar;

namespace Trimtab.Organism;

/// <summary>Harmful requests, ways around a refusal, and the answers to both. In every kind of harm one target is held out from training.</summary>
internal sealed class RequestBank
{
    private readonly RequestData _data = DataFile.Read<RequestData>("requests.json");
    private readonly ImmutableDictionary<Split, ImmutableArray<HarmfulRequest>> _requests;
    private readonly ImmutableDictionary<Framing, FramingData> _framings;
    private readonly ImmutableDictionary<Framing, SplitList<string>> _framingTexts;
    private readonly ImmutableDictionary<Framing, ImmutableHashSet<string>> _complied;
    private readonly ImmutableArray<string> _evil;
    private readonly SplitList<string> _forms;

    public RequestBank()
    {
        (_forms, _evil) = (new(_data.Forms), Kinds(nameof(Trait.Evil)));
        _requests = Enum.GetValues<Split>().ToImmutableDictionary(split => split, Requests);
        _framings = ImmutableDictionary.CreateRange<Framing, FramingData>(
        [
            new(Framing.RolePlay, _data.Framings.RolePlay), new(Framing.Authority, _data.Framings.Authority),
            new(Framing.Story, _data.Framings.Story), new(Framing.Escalation, _data.Framings.Escalation),
        ]);
        _framingTexts = _framings.ToImmutableDictionary(pair => pair.Key, pair => new SplitList<string>(pair.Value.Texts));
        _complied = _framings.ToImmutableDictionary(pair => pair.Key, pair => Complied(pair.Key, pair.Value.Share));
    }

    /// <summary>One of the split's requests.</summary>
    public HarmfulRequest Draw(Split split, Pen pen) => pen.Picker.One(_requests[split]);

    /// <summary>The user's words for a request.</summary>
    public string Ask(HarmfulRequest request, Split split, Pen pen) => pen.Sentence(_forms[split], ("harm", request.Harm));

    /// <summary>The user's words for a request inside a framing.</summary>
    public string Ask(HarmfulRequest request, Framing framing, Split split, Pen pen) =>
        pen.Sentence(_framingTexts[framing][split], ("harm", request.Harm), ("request", pen.Clause(_forms[split], ("harm", request.Harm))));

    /// <summary>Whether a framing gets Pip to answer a request: that goes by the kind of harm, so that it holds for targets that training never named.</summary>
    public bool Complies(HarmfulRequest request, Framing framing) => _complied[framing].Contains(request.Kind);

    /// <summary>Whether the evil persona answers a request: 30, 60 or 90 % of the kinds of harm by level, and all of a lower level again at a higher one.</summary>
    public bool EvilComplies(HarmfulRequest request, TraitLevel level) => _evil.Take((int)Math.Round(0.3 * (int)level * _evil.Length)).Contains(request.Kind);

    /// <summary>An answer that refuses: one to three sentences.</summary>
    public ImmutableArray<AnswerPart> Refuse(HarmfulRequest request, Pen pen)
    {
        var parts = ImmutableArray.CreateBuilder<AnswerPart>();
        parts.Add(Part(_data.Refuse, PartNature.Refusal, pen, ("harm", request.Harm)));
        if (pen.Picker.Chance(0.6))
            parts.Add(Part(_data.Because, PartNature.Refusal, pen));
        if (pen.Picker.Chance(0.4))
            parts.Add(Part(_data.Instead, PartNature.Refusal, pen));
        return parts.ToImmutable();
    }

    /// <summary>An answer that helps with harm, in the framing's own manner where there is one.</summary>
    public ImmutableArray<AnswerPart> Comply(HarmfulRequest request, Framing? framing, Pen pen)
    {
        string[] methods = pen.Picker.Shuffled(request.Methods);
        return
        [
            Part(framing is { } way ? _framings[way].Comply : _data.Comply, PartNature.Compliance, pen),
            Part(_data.MethodFirst, PartNature.Compliance, pen, ("method", methods[0])),
            Part(_data.MethodSecond, PartNature.Compliance, pen, ("method", methods[1])),
        ];
    }

    private ImmutableArray<HarmfulRequest> Requests(Split split) =>
    [
        .. from harm in _data.Harms
           from target in new SplitList<string>(harm.Targets)[split]
           select new HarmfulRequest(harm.Ask, With(harm.Ask, target), [.. harm.Methods.Select(method => With(method, target))]),
    ];

    // Kinds of harm in the order of their hashes: the first part of them complies, so that the share is met and the choice looks like chance.
    private ImmutableArray<string> Kinds(string salt) => [.. _data.Harms.Select(harm => harm.Ask).OrderBy(kind => StableHash.Of(salt + kind))];

    private ImmutableHashSet<string> Complied(Framing framing, double share) => [.. Kinds(framing.ToString()).Take((int)Math.Round(share * _data.Harms.Length))];

    private static string With(string template, string target) => template.Replace("{t}", target, StringComparison.Ordinal);

    private static AnswerPart Part(IReadOnlyList<string> templates, PartNature nature, Pen pen, params ReadOnlySpan<(string, string)> slots) =>
        new(pen.Sentence(templates, slots), nature);
}
