namespace Trimtab.Steering;

/// <summary>The inner product that scores are made of: in double precision and in one order, so that a decision never hangs on how the rows were computed.</summary>
internal static class GateProduct
{
    /// <summary>a · b.</summary>
    public static double Of(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += (double)a[i] * b[i];
        return sum;
    }
}
