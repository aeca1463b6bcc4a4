using System.Numerics.Tensors;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;

namespace Trimtab.Steering;

/// <summary>Takes the pooled row of an example at a hook point.</summary>
/// <param name="example">The example's number, from 0.</param>
/// <param name="rule">What the row is the mean of.</param>
/// <param name="point">Where it was read.</param>
/// <param name="row">The row, [D]; valid during the call.</param>
public delegate void PooledRow(int example, TokenRule rule, HookPoint point, ReadOnlySpan<float> row);

/// <summary>
/// Reads the tokens that rules select from each example and pools them to one row per rule and hook point, in passes over a few examples at a time. Besides the
/// pooled rows it measures the mean norm of the rows read: what strengths as fractions of the norm refer to.
/// </summary>
public sealed class PooledActivations
{
    private const int ExamplesPerPass = 16;

    private readonly Dictionary<(TokenRule Rule, HookPoint Point), RowNorms> _norms = [];

    /// <summary>The mean L2 norm of all rows read so far by a rule, by hook point.</summary>
    public IReadOnlyDictionary<string, double> MeanNorms(TokenRule rule) =>
        _norms.Where(pair => pair.Key.Rule == rule).ToDictionary(pair => pair.Key.Point.ToString(), pair => pair.Value.Mean);

    /// <summary>The pooled rows at each hook point, [examples, D].</summary>
    public Dictionary<HookPoint, Tensor> Read(LoadedModel model, IReadOnlyList<EncodedExample> examples, TokenRule rule, IReadOnlyList<HookPoint> points, IProgress<int>? progress, CancellationToken cancellation)
    {
        var pooled = points.ToDictionary(p => p, _ => Tensor.Zeros(new Shape(examples.Count, model.Config.HiddenSize)));
        Read(model, examples, [rule], points, (example, _, point, row) => row.CopyTo(pooled[point].Row(example)), progress, cancellation);
        return pooled;
    }

    /// <summary>Pools by several rules in the same passes and hands over row by row, example after example, so that only what the receiver keeps is kept.</summary>
    /// <exception cref="ArgumentException">An example has no token that a rule selects.</exception>
    public void Read(LoadedModel model, IReadOnlyList<EncodedExample> examples, IReadOnlyList<TokenRule> rules, IReadOnlyList<HookPoint> points, PooledRow receive, IProgress<int>? progress, CancellationToken cancellation)
    {
        var norms = points.ToDictionary(point => point, point => rules.Select(rule => NormsOf(rule, point)).ToArray());
        for (int first = 0; first < examples.Count; first += ExamplesPerPass)
        {
            Sequence[] texts = [.. examples.Skip(first).Take(ExamplesPerPass).Select(e => new Sequence(e.Ids, e.PromptLength))];
            var sink = new PoolingSink(texts, rules, norms, model.Config.HiddenSize);
            using (var run = new ModelRun(model, texts, [sink], stopAfter: points.MaxBy(VectorPoints.Depth)))
                run.Forward(LogitRows.None, cancellation: cancellation);
            for (int i = 0; i < texts.Length; i++)
                for (int rule = 0; rule < rules.Count; rule++)
                    foreach (var point in points)
                        receive(first + i, rules[rule], point, sink.Mean(point, texts[i], rule));
            progress?.Report(first + texts.Length);
        }
    }

    private RowNorms NormsOf(TokenRule rule, HookPoint point)
    {
        if (!_norms.TryGetValue((rule, point), out var norms))
            _norms.Add((rule, point), norms = new RowNorms());
        return norms;
    }

    /// <summary>The mean of rows, added to <paramref name="mean"/>, which is zero. Gates pool a prompt by the same sum, so that their scores are those that a threshold was found for.</summary>
    internal static void Mean(Tensor rows, Span<float> mean)
    {
        for (int row = 0; row < rows.RowCount; row++)
            TensorPrimitives.Add(mean, rows.Row(row), mean);
        TensorPrimitives.Divide(mean, rows.RowCount, mean);
    }
}
