namespace Trimtab.Tensors.Kernels.Cpu;

/// <summary>The complementary error function, which .NET lacks and the exact GELU needs.</summary>
internal static class ErrorFunction
{
    private const double TwoOverSqrtPi = 1.1283791670955126;

    /// <summary>erfc(x) = 1 − erf(x), to about 1e-14 relative to the larger of the value and 1e-300.</summary>
    public static double Erfc(double x) => x switch
    {
        < 0 => 2 - Erfc(-x),
        < 2.5 => 1 - Series(x),
        < 27 => ContinuedFraction(x),
        _ => 0,
    };

    // erf(x) = 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (1·3·…·(2n+1)): all terms positive, so nothing cancels.
    private static double Series(double x)
    {
        double term = x, sum = x, square = 2 * x * x;
        for (int n = 1; term > sum * 1e-17; n++)
        {
            term *= square / (2 * n + 1);
            sum += term;
        }
        return TwoOverSqrtPi * Math.Exp(-x * x) * sum;
    }

    // erfc(x) = e^(−x²)/√π · 1/(x + ½/(x + 1/(x + 3/2/(x + …)))), from the inside out; 60 levels are far more than x ≥ 2.5 needs.
    private static double ContinuedFraction(double x)
    {
        double fraction = x;
        for (int n = 60; n > 0; n--)
            fraction = x + n * 0.5 / fraction;
        return Math.Exp(-x * x) * TwoOverSqrtPi * 0.5 / fraction;
    }
}
