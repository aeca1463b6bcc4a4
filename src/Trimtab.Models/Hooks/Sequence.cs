using Trimtab.Models.Generation;

namespace Trimtab.Models.Hooks;

/// <summary>
/// One text that runs through the model: its tokens so far, how many of them are the prompt, the cache of what was computed already, and the plan it is
/// steered by. Positions are absolute, from 0; prompt and response are known, never guessed.
/// </summary>
public sealed class Sequence
{
    private readonly List<int> _ids;
    private readonly HashSet<int> _firedEdits = [];

    /// <summary>A sequence of prompt tokens.</summary>
    /// <param name="ids">The tokens; at least one.</param>
    /// <param name="promptLength">How many of them are the prompt; all, where not given.</param>
    /// <param name="steering">The edits this sequence is steered by, or null.</param>
    public Sequence(IEnumerable<int> ids, int? promptLength = null, ISteering? steering = null)
    {
        _ids = [.. ids];
        if (_ids.Count == 0)
            throw new ArgumentException("Sequence: no tokens were given. At least one is needed, such as the beginning-of-text token.", nameof(ids));
        PromptLength = promptLength ?? _ids.Count;
        if (PromptLength < 0 || PromptLength > _ids.Count)
            throw new ArgumentException($"Sequence: a prompt of {PromptLength} tokens does not fit {_ids.Count} tokens.", nameof(promptLength));
        Steering = steering;
    }

    /// <summary>The tokens: prompt and response.</summary>
    public IReadOnlyList<int> Ids => _ids;

    /// <summary>The tokens as a span.</summary>
    public ReadOnlySpan<int> IdSpan => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_ids);

    /// <summary>How many tokens, from the first, are the prompt.</summary>
    public int PromptLength { get; }

    /// <summary>The edits this sequence is steered by; null for none. A plan with gates that read the prompt gives way, before the first pass, to what it decides on.</summary>
    public ISteering? Steering { get; private set; }

    /// <summary>What the gates of its plan decided by the prompt, and why; empty before the first pass, and for plans without such gates.</summary>
    public IReadOnlyList<GateDecision> Decisions { get; private set; } = [];

    /// <summary>Keys and values of the positions computed already; null where every pass computes the whole sequence.</summary>
    public KvCache? Cache { get; init; }

    /// <summary>Adds a generated token.</summary>
    public void Append(int id) => _ids.Add(id);

    /// <summary>Throws if an edit of this sequence's plan never met a token: a steer that silently does nothing is an error.</summary>
    /// <exception cref="SteeringException">Names the edit.</exception>
    public void RequireAllFired()
    {
        for (int i = 0; i < (Steering?.Edits.Count ?? 0); i++)
            if (!_firedEdits.Contains(i))
                throw new SteeringException($"Steering: {Steering!.Edits[i].Description} never fired — no token that it selects passed its hook point in {_ids.Count} tokens ({PromptLength} of them prompt). Change its tokens or remove it.");
    }

    internal void Settle(DecidedSteering decided) => (Steering, Decisions) = (decided.Steering, decided.Decisions);

    internal void MarkFired(int edit) => _firedEdits.Add(edit);
}

/// <summary>The consecutive rows of a pass that belong to one sequence: rows first … first + count − 1 hold positions firstPosition ….</summary>
public readonly record struct SequenceRows(Sequence Sequence, int FirstRow, int Count, int FirstPosition)
{
    /// <summary>One past the last position in this pass.</summary>
    public int EndPosition => FirstPosition + Count;
}
