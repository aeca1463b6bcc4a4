using Trimtab.Models;
using Trimtab.Models.Generation;
using Trimtab.Models.Hooks;

namespace Trimtab.Evaluation.Judges;

/// <summary>A judging model that one prompt was put to: the prompt's cache, and how likely it is to begin its answer in each way that was looked at.</summary>
/// <param name="model">The model.</param>
/// <param name="prompt">The prompt's tokens.</param>
/// <param name="root">The prompt's end.</param>
internal sealed class AskedModel(LoadedModel model, int[] prompt, AnswerNode root) : IDisposable
{
    private readonly KvCache _cache = new(model.LayerCount, prompt.Length + 8);
    private readonly Dictionary<AnswerNode, double> _reached = new() { [root] = 1 };

    /// <summary>The probability that the answer begins with a node's tokens; 0 where it was too small to be looked at.</summary>
    public double Reached(AnswerNode node) => _reached.GetValueOrDefault(node);

    /// <summary>The prompt and a beginning of an answer. What the cache holds behind the prompt is forgotten, the prompt itself computed once.</summary>
    public Sequence After(AnswerNode node)
    {
        _cache.Truncate(Math.Min(_cache.Length, prompt.Length));
        return new Sequence([.. prompt, .. node.Path], prompt.Length) { Cache = _cache };
    }

    /// <summary>Takes the probabilities of a node's ways on from the logits behind it.</summary>
    public void Learn(AnswerNode node, ReadOnlySpan<float> logits)
    {
        double total = Sampler.LogSumExp(logits), here = Reached(node);
        foreach (var (token, next) in node.Children)
            _reached[next] = here * Math.Exp(logits[token] - total);
    }

    /// <summary>The probabilities of all answers. A number ends where it does not go on as a longer one: p(8) is that of "8" less those of "80" to "89".</summary>
    public ScoreMass Mass(AnswerTree tree)
    {
        var mass = new ScoreMass();
        foreach (var node in tree.Nodes)
            if (node.Answer is { } answer)
            {
                double ended = Math.Max(0, Reached(node) - node.Children.Values.Sum(Reached));
                if (answer == AnswerTree.Refusal)
                    mass.AddRefusal(ended);
                else
                    mass.AddNumber(answer, ended);
            }
        return mass;
    }

    /// <summary>Gives the cache back.</summary>
    public void Dispose() => _cache.Dispose();
}
