namespace Trimtab.Training;

/// <summary>Draws from the normal distribution.</summary>
internal static class NormalDraws
{
    /// <summary>A draw of mean 0 and deviation 1 (Box and Muller 1958).</summary>
    public static double NextNormal(this Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
