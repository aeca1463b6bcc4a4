using System.Numerics.Tensors;

namespace Trimtab.Steering;

/// <summary>A linear classifier: p = σ(w · x + b) is the probability that a row belongs to the positive class.</summary>
/// <param name="Weights">w [D].</param>
/// <param name="Bias">b.</param>
internal sealed record LogisticRegression(double[] Weights, double Bias)
{
    /// <summary>
    /// The minimum of mean log(1 + e^(−y (w · z + b))) + λ/2 ‖w‖² over rows z that are centred and divided by their root-mean-square length, so that λ means the same at
    /// every layer; then carried over to the rows as they are. The problem is convex: the result does not depend on the way there.
    /// </summary>
    /// <param name="rows">The rows of both classes.</param>
    /// <param name="l2">λ, above 0.</param>
    /// <exception cref="ArgumentException">All rows are the same.</exception>
    public static LogisticRegression Fit(ContrastRows rows, double l2)
    {
        double[][] all = [.. rows.Positive, .. rows.Negative];
        var centre = DoubleRows.Mean(all);
        var centred = DoubleRows.Centred(all, centre);
        double scale = Math.Sqrt(centred.Sum(row => DoubleRows.Dot(row, row)) / centred.Length);
        if (scale == 0)
            throw new ArgumentException("Logistic regression: all rows are the same — two classes that differ are needed.", nameof(rows));
        foreach (var row in centred)
            TensorPrimitives.Divide(row, scale, row);
        var solution = Lbfgs.Minimise(new double[centre.Length + 1], (at, gradient) => Loss(centred, rows.Positive.Length, l2, at, gradient));
        var weights = solution[..^1];
        TensorPrimitives.Divide(weights, scale, weights);
        return new LogisticRegression(weights, solution[^1] - DoubleRows.Dot(weights, centre));
    }

    /// <summary>The share of rows on the side of their class, 0 … 1.</summary>
    public double Accuracy(ContrastRows rows) =>
        (rows.Positive.Count(row => Score(row) > 0) + rows.Negative.Count(row => Score(row) <= 0)) / (double)(rows.Positive.Length + rows.Negative.Length);

    /// <summary>w · x + b.</summary>
    public double Score(double[] row) => DoubleRows.Dot(Weights, row) + Bias;

    private static double Loss(double[][] rows, int positives, double l2, double[] at, double[] gradient)
    {
        var weights = at.AsSpan(0, at.Length - 1);
        TensorPrimitives.Multiply(weights, l2, gradient.AsSpan(0, weights.Length));
        gradient[^1] = 0;
        double loss = l2 / 2 * DoubleRows.Dot(weights, weights);
        for (int row = 0; row < rows.Length; row++)
        {
            double sign = row < positives ? 1 : -1, margin = sign * (DoubleRows.Dot(weights, rows[row]) + at[^1]);
            // log(1 + e^−m) and its slope −1/(1 + e^m), without overflow on either side.
            loss += (Math.Max(-margin, 0) + Math.Log(1 + Math.Exp(-Math.Abs(margin)))) / rows.Length;
            double slope = -sign / (1 + Math.Exp(margin)) / rows.Length;
            DoubleRows.AddScaled(gradient.AsSpan(0, weights.Length), rows[row], slope);
            gradient[^1] += slope;
        }
        return loss;
    }
}
