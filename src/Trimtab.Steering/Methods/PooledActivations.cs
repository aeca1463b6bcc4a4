using System.Numerics.Tensors;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;

namespace Trimtab.Steering;

/// <summary>
/// Reads the tokens that a rule selects from each example and pools them to one row per hook point, in passes over a few examples at a time. Besides the
/// pooled rows it measures the mean norm of the rows read: what strengths as fractions of the norm refer to.
/// </summary>
public sealed class PooledActivations
{
    private const int ExamplesPerPass = 16;

    private readonly Dictionary<HookPoint, (double NormSum, long Rows)> _norms = [];

    /// <summary>The mean L2 norm of all rows read so far, by hook point.</summary>
    public IReadOnlyDictionary<string, double> MeanNorms => _norms.ToDictionary(pair => pair.Key.ToString(), pair => pair.Value.NormSum / pair.Value.Rows);

    /// <summary>The pooled rows at each hook point, [examples, D].</summary>
    public Dictionary<HookPoint, Tensor> Read(LoadedModel model, IReadOnlyList<EncodedExample> examples, TokenRule rule, IReadOnlyList<HookPoint> points, IProgress<int>? progress, CancellationToken cancellation)
    {
        var pooled = points.ToDictionary(p => p, _ => Tensor.Zeros(new Shape(examples.Count, model.Config.HiddenSize)));
        for (int first = 0; first < examples.Count; first += ExamplesPerPass)
        {
            var chunk = examples.Skip(first).Take(ExamplesPerPass).Select(e => new Sequence(e.Ids, e.PromptLength)).ToArray();
            ReadChunk(model, chunk, rule, pooled, first, cancellation);
            progress?.Report(Math.Min(first + ExamplesPerPass, examples.Count));
        }
        return pooled;
    }

    private void ReadChunk(LoadedModel model, Sequence[] chunk, TokenRule rule, Dictionary<HookPoint, Tensor> pooled, int firstExample, CancellationToken cancellation)
    {
        var ranges = chunk.ToDictionary(s => s, s => rule.Range(s.PromptLength, s.Ids.Count));
        var capture = new ActivationCapture(pooled.Keys, (sequence, position) => position >= ranges[sequence].First && position < ranges[sequence].First + ranges[sequence].Count);
        var last = pooled.Keys.MaxBy(VectorPoints.Depth);
        using var run = new ModelRun(model, chunk, [capture], stopAfter: last);
        run.Forward(LogitRows.None, cancellation: cancellation);
        foreach (var (point, target) in pooled)
            for (int i = 0; i < chunk.Length; i++)
                Pool(point, capture.Of(chunk[i], point), target.Row(firstExample + i));
    }

    private void Pool(HookPoint point, Tensor rows, Span<float> mean)
    {
        var (sum, count) = _norms.GetValueOrDefault(point);
        for (int row = 0; row < rows.RowCount; row++)
            sum += TensorPrimitives.Norm<float>(rows.Row(row));
        Mean(rows, mean);
        _norms[point] = (sum, count + rows.RowCount);
    }

    /// <summary>The mean of rows, added to <paramref name="mean"/>, which is zero. Gates pool a prompt by the same sum, so that their scores are those that a threshold was found for.</summary>
    internal static void Mean(Tensor rows, Span<float> mean)
    {
        for (int row = 0; row < rows.RowCount; row++)
            TensorPrimitives.Add(mean, rows.Row(row), mean);
        TensorPrimitives.Divide(mean, rows.RowCount, mean);
    }
}
