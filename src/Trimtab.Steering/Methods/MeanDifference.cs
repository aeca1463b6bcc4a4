using System.Numerics.Tensors;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;

namespace Trimtab.Steering;

/// <summary>Difference of class means (CAA, Rimsky et al. 2024, eq. 1): v = E[h⁺] − E[h⁻], at the output of every block.</summary>
[SteeringMethod("mean-difference", Paper = "https://arxiv.org/abs/2312.06681")]
public sealed record MeanDifference : ISteeringMethod
{
    /// <summary>Which tokens are read, and how they pool into one row per example.</summary>
    public TokenRule Tokens { get; init; } = TokenRule.AnswerMean;

    /// <summary>How question and answer become tokens.</summary>
    public PromptForm Form { get; init; } = PromptForm.Chat;

    /// <inheritdoc/>
    public SteeringVector Fit(LoadedModel model, ContrastSet data, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        HookPoint[] points = [.. Enumerable.Range(0, model.LayerCount).Select(HookPoint.ResidPost)];
        // Positive and negative answers alternate, so that a pair shares a pass.
        EncodedExample[] examples = [.. data.Pairs.SelectMany(p => (EncodedExample[])
            [ExampleEncoder.Encode(model, p.Question, p.Positive, Form), ExampleEncoder.Encode(model, p.Question, p.Negative, Form)])];
        var activations = new PooledActivations();
        var rows = activations.Read(model, examples, Tokens, points, progress, cancellation);
        return SteeringVector.FromDirections(
            points.Select(point => (point, Difference(rows[point]))),
            FitProvenance.Of(this, model, data, Tokens, activations.MeanNorms));
    }

    // The mean over pairs of positive minus negative row; even rows are positive.
    private static Tensor Difference(Tensor rows)
    {
        var sum = new double[rows.Columns];
        for (int row = 0; row < rows.RowCount; row++)
        {
            var values = rows.Row(row);
            double sign = row % 2 == 0 ? 1 : -1;
            for (int i = 0; i < sum.Length; i++)
                sum[i] += sign * values[i];
        }
        TensorPrimitives.Divide(sum, rows.RowCount / 2, sum);
        return Tensor.From(Array.ConvertAll(sum, value => (float)value));
    }
}
