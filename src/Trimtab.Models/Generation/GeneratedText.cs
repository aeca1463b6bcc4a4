namespace Trimtab.Models.Generation;

/// <summary>Why a generation ended.</summary>
public enum StopReason
{
    /// <summary>The most tokens that were asked for, or that the model has positions for, were reached.</summary>
    Length,
    /// <summary>A stop string was met.</summary>
    Stop,
    /// <summary>The model gave one of its end tokens, or a stop token that was asked for.</summary>
    Eos,
    /// <summary>A sink that watched the generation ended it (<see cref="Hooks.IGenerationWatch"/>).</summary>
    Halted,
}

/// <summary>One text to generate.</summary>
/// <param name="PromptIds">The prompt's tokens.</param>
/// <param name="Options">How to choose and when to stop.</param>
public sealed record GenerationRequest(IReadOnlyList<int> PromptIds, GenerationOptions Options)
{
    /// <summary>The edits to steer this text by; null for the model's own.</summary>
    public Hooks.ISteering? Steering { get; init; }
}

/// <summary>A token as it was chosen.</summary>
/// <param name="Request">Which request of the batch it belongs to, from 0.</param>
/// <param name="Id">The token.</param>
/// <param name="LogProbability">ln of the probability that the (steered) model gives it, before all sampling settings.</param>
/// <param name="Text">The text that is certain now; empty while a character or a stop string is undecided.</param>
public readonly record struct GeneratedToken(int Request, int Id, float LogProbability, string Text);

/// <summary>A finished text.</summary>
/// <param name="PromptIds">The prompt's tokens.</param>
/// <param name="Ids">The generated tokens, the end token left away.</param>
/// <param name="Text">Their text, up to a stop string; special tokens left away.</param>
/// <param name="Stop">Why it ended.</param>
public sealed record GeneratedText(IReadOnlyList<int> PromptIds, IReadOnlyList<int> Ids, string Text, StopReason Stop)
{
    /// <summary>What the gates of its plan decided by the prompt, and why; empty for plans without such gates.</summary>
    public IReadOnlyList<Hooks.GateDecision> Decisions { get; init; } = [];
}
