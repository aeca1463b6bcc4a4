using System.Numerics.Tensors;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;

namespace Trimtab.Steering;

/// <summary>
/// Adds up, while a pass goes on, the rows that token rules select: of each text, rule and hook point one sum stays, however long the text is. A row that several rules
/// select is read once.
/// </summary>
internal sealed class PoolingSink : IActivationSink
{
    private readonly Dictionary<Sequence, (int First, int Count)[]> _ranges;
    private readonly Dictionary<HookPoint, Dictionary<Sequence, float[][]>> _sums;
    private readonly IReadOnlyDictionary<HookPoint, RowNorms[]> _norms;

    /// <summary>A sink for the texts of a pass.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="rules">What is selected from each.</param>
    /// <param name="norms">Where to listen, and what counts the lengths of the rows that each rule selects there.</param>
    /// <param name="width">D, the width of the rows.</param>
    /// <exception cref="ArgumentException">A text has no token that a rule selects.</exception>
    public PoolingSink(IReadOnlyList<Sequence> texts, IReadOnlyList<TokenRule> rules, IReadOnlyDictionary<HookPoint, RowNorms[]> norms, int width)
    {
        _ranges = texts.ToDictionary(text => text, text => rules.Select(rule => rule.Range(text.PromptLength, text.Ids.Count)).ToArray());
        _sums = norms.Keys.ToDictionary(point => point, _ => texts.ToDictionary(text => text, _ => rules.Select(_ => new float[width]).ToArray()));
        _norms = norms;
    }

    /// <inheritdoc/>
    public IReadOnlyCollection<HookPoint> Points => _sums.Keys;

    /// <summary>The mean of the rows that a rule selects from a text, [D]; to be asked for once, after the pass.</summary>
    public ReadOnlySpan<float> Mean(HookPoint point, Sequence text, int rule)
    {
        float[] sum = _sums[point][text][rule];
        TensorPrimitives.Divide(sum, _ranges[text][rule].Count, sum);
        return sum;
    }

    /// <inheritdoc/>
    public void Receive(HookPoint at, Tensor activation, IReadOnlyList<SequenceRows> rows)
    {
        foreach (var span in rows)
            for (int rule = 0; rule < _norms[at].Length; rule++)
            {
                var (first, count) = _ranges[span.Sequence][rule];
                int begin = Math.Max(first, span.FirstPosition), end = Math.Min(first + count, span.EndPosition);
                for (int position = begin; position < end; position++)
                    Add(activation.Row(span.FirstRow + position - span.FirstPosition), _sums[at][span.Sequence][rule], _norms[at][rule]);
            }
    }

    private static void Add(ReadOnlySpan<float> row, float[] sum, RowNorms norms)
    {
        TensorPrimitives.Add(sum, row, sum);
        norms.Add(TensorPrimitives.Norm(row));
    }
}

/// <summary>The mean length of rows.</summary>
internal sealed class RowNorms
{
    private double _sum;
    private long _count;

    /// <summary>The mean L2 norm.</summary>
    public double Mean => _sum / _count;

    /// <summary>Counts a row.</summary>
    public void Add(double norm) => (_sum, _count) = (_sum + norm, _count + 1);
}
