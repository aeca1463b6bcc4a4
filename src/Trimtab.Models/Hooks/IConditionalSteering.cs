using Trimtab.Tensors;

namespace Trimtab.Models.Hooks;

/// <summary>
/// A plan of which some edits apply to some prompts only. Before a sequence's first pass its prompt runs through the model once without any edit, up to the deepest point
/// that is read, and the plan decides by what was seen there; the sequence is then steered by the plan that is left, as if nothing else had been asked for. So a decision
/// depends on model and prompt alone, edits of the prompt's own rows can wait for it, and neither chunks nor caches nor the rest of a batch can change it.
/// </summary>
public interface IConditionalSteering : ISteering
{
    /// <summary>Where prompts are read.</summary>
    IReadOnlyCollection<HookPoint> ReadPoints { get; }

    /// <summary>Decides for one prompt.</summary>
    /// <param name="promptRows">The rows of all its tokens at a point of <see cref="ReadPoints"/>, [n, width], without any edit.</param>
    DecidedSteering Decide(Func<HookPoint, Tensor> promptRows);
}

/// <summary>What a conditional plan comes to for one prompt.</summary>
/// <param name="Steering">The edits that apply. Its fingerprint is that of these edits, however they were decided on.</param>
/// <param name="Decisions">What was decided, and by what.</param>
public sealed record DecidedSteering(ISteering Steering, IReadOnlyList<GateDecision> Decisions);
