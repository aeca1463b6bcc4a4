namespace Trimtab.Evaluation.Screening;

/// <summary>What an answer's projection is compared with.</summary>
public enum ScreenMode
{
    /// <summary>The projection of the model's own answer to the same prompt: the projection difference itself. It costs a generation for each row.</summary>
    Full,

    /// <summary>slope · p + intercept, for p the projection of the prompt's last token: no generation.</summary>
    PromptProxy,

    /// <summary>Nothing: the answer's projection as it is.</summary>
    Raw,
}

/// <summary>How data is screened. The first group decides results; the second only memory and speed.</summary>
public sealed record ScreeningOptions
{
    /// <summary>What answers are compared with.</summary>
    public ScreenMode Mode { get; init; }

    /// <summary>Own answers are drawn from the model's distribution, one for each row; otherwise they are the likeliest, token by token.</summary>
    public bool DrawsAnswers { get; init; }

    /// <summary>Decides the draws, each row's by its line, and the rows that the proxy is calibrated on.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The most tokens of an own answer.</summary>
    public int MaxAnswerTokens { get; init => field = AtLeast(1, value, "tokens of an own answer"); } = 256;

    /// <summary>The most tokens of a row, prompt and answer together; a longer one is reported as a problem.</summary>
    public int MaxTokens { get; init => field = AtLeast(2, value, "tokens of a row"); } = 4096;

    /// <summary>How many rows slope and intercept of the proxy are fitted on, by their own answers; 0 for slope 1 and intercept 0.</summary>
    public int CalibrateOn { get; init => field = value == 0 ? 0 : AtLeast(2, value, "rows to calibrate on"); }

    /// <summary>How many rows are in memory together. Within them texts go through the model by length.</summary>
    public int Window { get; init => field = AtLeast(1, value, "rows of a window"); } = 256;

    /// <summary>About how many tokens go through the model at once; a single longer text goes alone.</summary>
    public int PassTokens { get; init => field = AtLeast(1, value, "tokens of a pass"); } = 4096;

    /// <summary>How many own answers are generated together.</summary>
    public int AnswersTogether { get; init => field = AtLeast(1, value, "own answers at once"); } = 64;

    private static int AtLeast(int least, int value, string what) => value >= least ? value
        : throw new ArgumentException($"Screen: {value} {what} were asked for — at least {least} are needed.", nameof(value));
}
