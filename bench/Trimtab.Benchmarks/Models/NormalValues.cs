namespace Trimtab.Benchmarks.Models;

/// <summary>
/// Normally distributed values as fast as memory takes them, the same in every run: 65,536 values are drawn properly, and every value after that is one of them at random,
/// four to each step of a generator.
/// </summary>
internal sealed class NormalValues
{
    private readonly float[] _drawn = new float[1 << 16];

    /// <summary>Values of mean 0.</summary>
    public NormalValues(int seed, float deviation)
    {
        var random = new Random(seed);
        // Box and Muller: the angle is uniform, the squared radius exponential.
        for (int i = 0; i < _drawn.Length; i++)
            _drawn[i] = (float)(deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(Math.Tau * random.NextDouble()));
    }

    /// <summary>Fills a row; its values depend on <paramref name="key"/> alone.</summary>
    public void Fill(ulong key, Span<float> row)
    {
        for (int i = 0; i < row.Length; key++)
            for (ulong bits = Mixed(key * 0x9E3779B97F4A7C15); bits != 0 && i < row.Length; bits >>= 16)
                row[i++] = _drawn[(ushort)bits];
    }

    // A bijection that spreads every bit of a counter over all bits (the finaliser of SplitMix64, Steele et al. 2014).
    private static ulong Mixed(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
