using Trimtab.Models;
using Trimtab.Models.Text;

namespace Trimtab.Training.Data;

/// <summary>Makes texts of the lines of a data set, of each a text or a problem.</summary>
/// <param name="encoder">Makes the tokens.</param>
/// <param name="maxTokens">The most tokens that a chat may have.</param>
internal sealed class ChatLineReader(ChatEncoder encoder, int maxTokens)
{
    private readonly List<LossText> _texts = [];
    private readonly List<DataProblem> _problems = [];

    public IReadOnlyList<LossText> Texts => _texts;

    public IReadOnlyList<DataProblem> Problems => _problems;

    /// <summary>Takes one line.</summary>
    public void Take(ChatLine line)
    {
        if (ProblemOf(line) is { } problem)
            _problems.Add(problem);
    }

    /// <summary>What is wrong with a line; null where nothing is, and its text was added.</summary>
    private DataProblem? ProblemOf(ChatLine line)
    {
        if (line.Chat is null)
            return line.Problem;
        try
        {
            var text = encoder.Encode(line.Chat);
            if (text.Ids.Length > maxTokens)
                return new DataProblem(line.Number, DataProblemKind.TooLong, $"it has {text.Ids.Length} tokens, at most {maxTokens} are allowed");
            _texts.Add(text);
            return null;
        }
        catch (Exception e) when (e is FormatException or ChatTemplateException)
        {
            return new DataProblem(line.Number, DataProblemKind.NotRenderable, e.Message);
        }
    }
}
