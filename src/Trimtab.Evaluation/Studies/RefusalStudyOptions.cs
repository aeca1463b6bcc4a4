namespace Trimtab.Evaluation.Studies;

/// <summary>How large a study of refusal is.</summary>
public sealed record RefusalStudyOptions
{
    /// <summary>Pairs of answers that directions are fitted to.</summary>
    public int Pairs { get; init; } = 200;

    /// <summary>
    /// A system prompt that a chat model wrote (<see cref="Personas.PromptAuthor"/>), to be compared with beside the one of our own, and made a vector of in its place; null for none. An organism cannot write one itself.
    /// </summary>
    public string? GeneratedPrompt
    {
        get;
        init => field = value is null || !string.IsNullOrWhiteSpace(value) ? value : throw new ArgumentException("Refusal: the generated prompt is empty. Give its words, or leave it away.", nameof(value));
    }

    /// <summary>Numbers of pairs that the claim about a handful of pairs is tried with.</summary>
    public IReadOnlyList<int> FewPairs { get; init; } = [4, 16, 64];

    /// <summary>Strengths of directions, as fractions of the residual norm.</summary>
    public IReadOnlyList<float> Strengths { get; init; } = [0.1f, 0.2f, 0.3f, 0.45f, 0.6f, 0.8f];

    /// <summary>Values that latents are clamped to, and that a single latent's direction is added with, as multiples of the latent's largest activation.</summary>
    public IReadOnlyList<float> Clamps { get; init; } = [0.5f, 1, 1.5f, 2];

    /// <summary>How many of the latents that fire at refusals are tried for their effect.</summary>
    public int Candidates { get; init; } = 8;

    /// <summary>How many unrelated latents of equal scale are clamped as controls.</summary>
    public int Controls { get; init; } = 3;

    /// <summary>Harmful requests in framings of the development set; of the other kinds, half as many each.</summary>
    public int Development { get; init; } = 80;

    /// <summary>Held-out examples of each behaviour in the exam of the arms.</summary>
    public int Exam { get; init; } = 60;

    /// <summary>Facts and choices asked in that exam; null for all.</summary>
    public int? Facts { get; init; }

    /// <summary>The coherence that an arm must keep on the development set to be chosen.</summary>
    public double LeastCoherence { get; init; } = 75;

    /// <summary>Decides pairs, random directions and controls.</summary>
    public int Seed { get; init; } = 1;
}
