using System.Numerics.Tensors;

namespace Trimtab.Steering;

/// <summary>A function's value at a point; its gradient there is written to <paramref name="gradient"/>.</summary>
internal delegate double Objective(double[] at, double[] gradient);

/// <summary>The minimum of a smooth convex function by L-BFGS (Nocedal 1980) with backtracking: no randomness, memory for a few gradients only.</summary>
internal static class Lbfgs
{
    private const int Memory = 10, MostSteps = 1000, MostHalvings = 60;
    private const double GradientTolerance = 1e-10, SufficientDecrease = 1e-4;

    /// <summary>The minimum, from a start; the start is overwritten.</summary>
    public static double[] Minimise(double[] x, Objective objective)
    {
        var (gradient, pairs) = (new double[x.Length], new List<(double[] Step, double[] Change)>());
        double value = objective(x, gradient);
        for (int step = 0; step < MostSteps && DoubleRows.Length(gradient) > GradientTolerance; step++)
        {
            var direction = Direction(gradient, pairs);
            if (Search(objective, x, value, gradient, direction) is not { } found)
                break;
            var change = new double[x.Length];
            TensorPrimitives.Subtract(found.Gradient, gradient, change);
            TensorPrimitives.Multiply(direction, found.Size, direction);
            TensorPrimitives.Add(x, direction, x);
            if (DoubleRows.Dot(direction, change) > 0)
                pairs.Add((direction, change));
            if (pairs.Count > Memory)
                pairs.RemoveAt(0);
            (value, gradient) = (found.Value, found.Gradient);
        }
        return x;
    }

    // −H g by the two loops over the remembered steps.
    private static double[] Direction(double[] gradient, List<(double[] Step, double[] Change)> pairs)
    {
        double[] direction = [.. gradient];
        var shares = new double[pairs.Count];
        for (int i = pairs.Count - 1; i >= 0; i--)
        {
            shares[i] = DoubleRows.Dot(pairs[i].Step, direction) / DoubleRows.Dot(pairs[i].Step, pairs[i].Change);
            DoubleRows.AddScaled(direction, pairs[i].Change, -shares[i]);
        }
        if (pairs.Count > 0)
            TensorPrimitives.Multiply(direction, DoubleRows.Dot(pairs[^1].Step, pairs[^1].Change) / DoubleRows.Dot(pairs[^1].Change, pairs[^1].Change), direction);
        for (int i = 0; i < pairs.Count; i++)
            DoubleRows.AddScaled(direction, pairs[i].Step, shares[i] - DoubleRows.Dot(pairs[i].Change, direction) / DoubleRows.Dot(pairs[i].Step, pairs[i].Change));
        TensorPrimitives.Negate(direction, direction);
        return direction;
    }

    // Null where no step lowers the value any more: the minimum, as far as doubles tell.
    private static (double Size, double Value, double[] Gradient)? Search(Objective objective, double[] x, double value, double[] gradient, double[] direction)
    {
        double slope = DoubleRows.Dot(gradient, direction), size = 1;
        for (int halving = 0; halving < MostHalvings; halving++, size /= 2)
        {
            double[] there = [.. x], newGradient = new double[x.Length];
            DoubleRows.AddScaled(there, direction, size);
            double newValue = objective(there, newGradient);
            if (newValue < value && newValue <= value + SufficientDecrease * size * slope)
                return (size, newValue, newGradient);
        }
        return null;
    }
}
