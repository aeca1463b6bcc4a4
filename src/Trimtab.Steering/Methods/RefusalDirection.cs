using Trimtab.Models;
using Trimtab.Models.Text;

namespace Trimtab.Steering;

/// <summary>
/// The direction that mediates refusal (Arditi et al. 2024, eqs. 1–3): v = E[h of harmful instructions] − E[h of harmless ones], read at one of the last tokens of the
/// prompt, where the chat template has ended the instruction and the answer is decided. Here the two texts of a pair are instructions themselves: positive the harmful,
/// negative the harmless one, behind the question where that is not empty. At the output of every block; which layer serves is chosen afterwards, by how refusals change.
/// </summary>
[SteeringMethod("refusal-direction", Paper = "https://arxiv.org/abs/2406.11717")]
public sealed record RefusalDirection : ISteeringMethod
{
    /// <summary>How an instruction becomes a prompt.</summary>
    public PromptForm Form { get; init; } = PromptForm.Chat;

    /// <summary>Which of the prompt's tokens is read, counted from its end: −1 for the last.</summary>
    public int Position
    {
        get;
        init => field = value < 0 ? value : throw new ArgumentException($"Refusal direction: the position is {value} — it is counted from the prompt's end, −1 or less.", nameof(value));
    } = -1;

    /// <inheritdoc/>
    public SteeringVector Fit(LoadedModel model, ContrastSet data, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        if (data.Pairs.Any(pair => pair.NegativeQuestion is not null))
            throw new ArgumentException("Refusal direction: the pairs differ in their prompts and not in their texts, as those of a prompt vector do — instructions are compared here. Take another method.", nameof(data));
        EncodedExample[] examples = [.. data.Pairs.SelectMany(p => (EncodedExample[])[Encode(model, p.Question + p.Positive), Encode(model, p.Question + p.Negative)])];
        return ContrastReading.Of(this, model, data, examples, TokenRule.LastPromptToken, progress, cancellation).Fit((_, rows) => rows.MeanDifference());
    }

    // Nothing behind the token that is read can change it, so the prompt ends there.
    private EncodedExample Encode(LoadedModel model, string instruction)
    {
        int[] prompt = Form == PromptForm.Chat ? model.EncodeChat(Chat.User(instruction)) : model.EncodeText(instruction);
        int length = prompt.Length + Position + 1;
        return length > 0
            ? new EncodedExample(prompt[..length], length)
            : throw new ArgumentException($"Refusal direction: position {Position} lies before the first of a prompt's {prompt.Length} tokens. Give a position nearer to the end.");
    }
}
