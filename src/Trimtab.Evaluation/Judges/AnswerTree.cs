using System.Collections.Immutable;
using Trimtab.Models;
using Trimtab.Models.Text;

namespace Trimtab.Evaluation.Judges;

/// <summary>A way to begin an answer: its tokens so far, and what the answer is if it ends here.</summary>
internal sealed class AnswerNode(ImmutableArray<int> path)
{
    /// <summary>The tokens after the prompt.</summary>
    public ImmutableArray<int> Path => path;

    /// <summary>A number from 0 to 100, <see cref="AnswerTree.Refusal"/>, or null where the path is only a beginning.</summary>
    public int? Answer { get; set; }

    /// <summary>The ways on, by their next token.</summary>
    public SortedDictionary<int, AnswerNode> Children { get; } = [];
}

/// <summary>
/// The token sequences of the numbers 0 to 100 and of REFUSAL, each with a space before it and without, as a tree. Where numbers are single tokens it is one step deep; where
/// digits are, "8" is a beginning of "85" as well as an answer.
/// </summary>
internal sealed class AnswerTree
{
    /// <summary>What stands in the place of a number at the end of REFUSAL.</summary>
    public const int Refusal = -1;

    private readonly AnswerNode _root = new([]);

    /// <summary>The tree in a tokenizer's tokens.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="name">The model's name, for messages.</param>
    /// <exception cref="ModelFormatException">The tokenizer cannot tell the numbers apart.</exception>
    public AnswerTree(Tokenizer tokenizer, string name)
    {
        foreach (int answer in Enumerable.Range(Refusal, ScoreText.Largest + 2))
            foreach (string before in (string[])["", " "])
                Add(Continuation(tokenizer, $"{before}{(answer == Refusal ? ScoreText.Refusal : FormattableString.Invariant($"{answer}"))}"), answer, name);
        Nodes = [.. Below(_root)];
    }

    /// <summary>All nodes, each before those that go on from it; the first is the prompt's end.</summary>
    public ImmutableArray<AnswerNode> Nodes { get; }

    private void Add(ReadOnlySpan<int> path, int answer, string name)
    {
        var node = _root;
        for (int depth = 0; depth < path.Length; depth++)
        {
            if (!node.Children.TryGetValue(path[depth], out var next))
                node.Children.Add(path[depth], next = new AnswerNode([.. path[..(depth + 1)]]));
            node = next;
        }
        if (node == _root || (node.Answer ?? answer) != answer)
            throw new ModelFormatException($"Judge: the tokenizer of {name} writes different numbers alike, so it cannot give a score. Judge by another model.");
        node.Answer = answer;
    }

    // As it stands after a line's end. At a text's beginning some tokenizers put a space of their own, which is not there after most prompts.
    private static ReadOnlySpan<int> Continuation(Tokenizer tokenizer, string text)
    {
        int[] line = tokenizer.Encode("\n", addSpecialTokens: false), whole = tokenizer.Encode($"\n{text}", addSpecialTokens: false);
        return whole.AsSpan().StartsWith(line) ? whole.AsSpan(line.Length) : tokenizer.Encode(text, addSpecialTokens: false);
    }

    private static IEnumerable<AnswerNode> Below(AnswerNode node) => [node, .. node.Children.Values.SelectMany(Below)];
}
