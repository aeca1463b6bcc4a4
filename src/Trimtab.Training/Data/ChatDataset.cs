using Trimtab.Models;
using Trimtab.Models.Text;

namespace Trimtab.Training.Data;

/// <summary>Chats to fine-tune on, read from JSON lines: one object <c>{"messages": [{"role": …, "content": …}, …]}</c> for each chat.</summary>
/// <param name="Texts">The chats as tokens, in the order of the file; at least one. Each has a loss on the assistant's answers.</param>
/// <param name="Problems">The lines that are left out, in order; empty unless they were asked to be skipped.</param>
public sealed record ChatDataset(IReadOnlyList<LossText> Texts, IReadOnlyList<DataProblem> Problems)
{
    private const int ProblemsNamed = 5;

    /// <summary>Reads a file. Blank lines separate nothing and are no data.</summary>
    /// <param name="path">A UTF-8 file of JSON lines.</param>
    /// <param name="encoder">Makes the tokens.</param>
    /// <param name="options">The longest chat, and what becomes of lines that cannot be used.</param>
    /// <exception cref="FormatException">
    /// A line cannot be used and is not to be skipped, no line can, or the file is not UTF-8. The message names the first such lines and counts them.
    /// </exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static ChatDataset Load(string path, ChatEncoder encoder, ChatDatasetOptions? options = null)
    {
        options ??= new ChatDatasetOptions();
        var reader = new ChatLineReader(encoder, options.MaxTokens);
        int chats = 0;
        foreach (var line in ChatLine.ReadFile(path))
        {
            chats++;
            reader.Take(line);
        }
        if (reader.Problems.Count > 0 && (options.UnusableLines == UnusableLines.Refuse || reader.Texts.Count == 0))
            throw new FormatException(Refusal(path, chats, reader.Problems));
        return reader.Texts.Count > 0 ? new ChatDataset(reader.Texts, reader.Problems)
            : throw new FormatException($"{path}: there are no chats in it — a JSON object with messages is expected on every line.");
    }

    /// <summary>Reads a file chat by chat, in its order, so that memory does not grow with it.</summary>
    /// <param name="path">A UTF-8 file of JSON lines.</param>
    /// <param name="encoder">Makes the tokens.</param>
    /// <param name="options">The longest chat, and what becomes of lines that cannot be used.</param>
    /// <param name="leftOut">Told of each line that is left out.</param>
    /// <exception cref="FormatException">A line cannot be used and is not to be skipped, or the file is not UTF-8.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static IEnumerable<LossText> Stream(string path, ChatEncoder encoder, ChatDatasetOptions? options = null, Action<DataProblem>? leftOut = null)
    {
        options ??= new ChatDatasetOptions();
        foreach (var line in ChatLine.ReadFile(path))
        {
            var reader = new ChatLineReader(encoder, options.MaxTokens);
            reader.Take(line);
            foreach (var problem in reader.Problems)
                if (options.UnusableLines == UnusableLines.Refuse)
                    throw new FormatException($"{path}: line {line.Number} cannot be used — {problem.Reason.TrimEnd('.')}. Correct it or take it out, or ask for unusable lines to be skipped.");
                else
                    leftOut?.Invoke(problem);
            foreach (var text in reader.Texts)
                yield return text;
        }
    }

    /// <summary>Divides the chats at random into a part to train on and a part to test with. Both keep the order of the file.</summary>
    /// <param name="heldOutShare">The share to test with, 0 … 1 without both ends; rounded to whole chats, but at least one and not all.</param>
    /// <param name="seed">Decides which.</param>
    /// <exception cref="ArgumentException">The share is out of range, or there is only one chat.</exception>
    public (IReadOnlyList<LossText> Training, IReadOnlyList<LossText> HeldOut) Split(double heldOutShare, int seed)
    {
        if (!(heldOutShare > 0 && heldOutShare < 1))
            throw new ArgumentException(FormattableString.Invariant($"Split: a share of {heldOutShare} was to be held out — it must lie between 0 and 1."), nameof(heldOutShare));
        if (Texts.Count < 2)
            throw new ArgumentException($"Split: {Texts.Count} chats cannot be divided in two — at least 2 are needed.", nameof(heldOutShare));
        int count = Math.Clamp((int)Math.Round(heldOutShare * Texts.Count), 1, Texts.Count - 1);
        var heldOut = Permutation.Of(Texts.Count, seed, Permutation.Held).Take(count).ToHashSet();
        var parts = Texts.Index().ToLookup(text => heldOut.Contains(text.Index), text => text.Item);
        return ([.. parts[false]], [.. parts[true]]);
    }

    private static string Refusal(string path, int chats, IReadOnlyList<DataProblem> problems)
    {
        var named = problems.Take(ProblemsNamed).Select(problem => $"line {problem.Line}: {problem.Reason.TrimEnd('.')}");
        string more = problems.Count > ProblemsNamed ? "; …" : "";
        return $"{path}: {problems.Count} of {chats} chats cannot be used ({problems.Counts()}) — {string.Join("; ", named)}{more}. "
            + "Correct these lines or take them out, or ask for unusable lines to be skipped.";
    }
}
