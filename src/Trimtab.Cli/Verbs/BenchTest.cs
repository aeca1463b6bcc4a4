using System.Globalization;

namespace Trimtab.Cli.Verbs;

/// <summary>What runs beside the bare computation, to learn what it costs.</summary>
internal enum BenchExtra
{
    /// <summary>Nothing.</summary>
    None,
    /// <summary>The residual stream after every block is kept.</summary>
    Capture,
    /// <summary>A plan without interventions is installed.</summary>
    Empty,
    /// <summary>A direction is added after every block, on all tokens.</summary>
    Add,
    /// <summary>A direction is removed after every block, on all tokens.</summary>
    Ablate,
    /// <summary>Eight traits are read after the middle block.</summary>
    Monitor,
    /// <summary>Eight latents of an autoencoder are clamped after the middle block, each by its own products.</summary>
    Clamp,
    /// <summary>The same latents are clamped as all latents of the row say: it is encoded as a whole.</summary>
    Encode,
}

/// <summary>One row of a benchmark: a prompt that is computed whole, or tokens that follow one another.</summary>
/// <param name="Prompt">Tokens of the prompt; 0 where tokens are decoded.</param>
/// <param name="Generated">Tokens decoded one after another in each sequence; 0 where a prompt is computed.</param>
/// <param name="Sequences">How many sequences are decoded together.</param>
/// <param name="Extra">What runs beside.</param>
internal sealed record BenchTest(int Prompt, int Generated, int Sequences = 1, BenchExtra Extra = BenchExtra.None)
{
    /// <summary>Tokens that a run computes.</summary>
    public int Tokens => Prompt + Generated * Sequences;

    /// <summary>The name as llama-bench gives it, "pp512" or "tg128", with what is more than that behind it.</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"{(Prompt > 0 ? $"pp{Prompt}" : $"tg{Generated}")}{(Sequences > 1 ? $" × {Sequences}" : "")}{(Extra == BenchExtra.None ? "" : $" + {ExtraName(Extra)}")}");

    /// <summary>The name of an extra, as `--with` takes it.</summary>
    public static string ExtraName(BenchExtra extra) => extra.ToString().ToLowerInvariant();
}
