namespace Trimtab.Models.Tests.Reference;

/// <summary>The parts of transformers as plain loops in double precision, written from their definitions and apart from the engine; x is rows of numbers.</summary>
internal static class PlainMath
{
    /// <summary>y[t][n] = Σₖ x[t][k] w[n][k] + b[n].</summary>
    public static double[][] Linear(double[][] x, double[][] w, double[]? b = null) =>
        Each(x, row => [.. w.Select((weights, n) => Dot(row, weights) + (b is null ? 0 : b[n]))]);

    public static double[][] Each(double[][] x, Func<double[], double[]> change) => [.. x.Select(change)];

    public static double[][] Add(double[][] x, double[][] y) => [.. x.Zip(y, (a, b) => a.Zip(b, (u, v) => u + v).ToArray())];

    public static double Dot(double[] x, double[] y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
            sum += x[i] * y[i];
        return sum;
    }

    public static double[] RmsNorm(double[] x, double[] weight, double eps)
    {
        double scale = Math.Sqrt(x.Average(v => v * v) + eps);
        return [.. x.Select((v, i) => v / scale * weight[i])];
    }

    public static double[] LayerNorm(double[] x, double[] weight, double[] bias, double eps)
    {
        double mean = x.Average();
        double deviation = Math.Sqrt(x.Average(v => (v - mean) * (v - mean)) + eps);
        return [.. x.Select((v, i) => (v - mean) / deviation * weight[i] + bias[i])];
    }

    public static double[] Softmax(double[] x)
    {
        double largest = x.Max(), sum = x.Sum(v => Math.Exp(v - largest));
        return [.. x.Select(v => Math.Exp(v - largest) / sum)];
    }

    public static double Silu(double x) => x / (1 + Math.Exp(-x));

    public static double GeluNew(double x) => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * Math.Pow(x, 3))));

    /// <summary>x Φ(x), with Φ integrated by the midpoint rule from 0.</summary>
    public static double Gelu(double x)
    {
        const int Steps = 2000;
        double below = 0.5;
        for (int i = 0; i < Steps; i++)
        {
            double t = (i + 0.5) / Steps * x;
            below += Math.Exp(-t * t / 2) / Math.Sqrt(2 * Math.PI) * x / Steps;
        }
        return x * below;
    }

    /// <summary>Turns pairs of a head by position · frequency: value i with i + R/2, or neighbours where interleaved.</summary>
    public static double[] Rotate(double[] head, int position, double[] frequencies, double factor = 1, bool interleaved = false, int offset = 0)
    {
        var y = (double[])head.Clone();
        for (int i = 0; i < frequencies.Length; i++)
        {
            int a = offset + (interleaved ? 2 * i : i), b = offset + (interleaved ? 2 * i + 1 : i + frequencies.Length);
            double cos = factor * Math.Cos(position * frequencies[i]), sin = factor * Math.Sin(position * frequencies[i]);
            (y[a], y[b]) = (head[a] * cos - head[b] * sin, head[b] * cos + head[a] * sin);
        }
        return y;
    }

    /// <summary>The heads of each row, one after the other.</summary>
    public static double[][][] Heads(double[][] x, int count) => [.. x.Select(row => row.Chunk(row.Length / count).ToArray())];

    /// <summary>Causal attention: q[t][head], k and v [t][key head]; the result is the heads of each row side by side.</summary>
    public static double[][] Attend(double[][][] q, double[][][] k, double[][][] v, double scale, int window = int.MaxValue)
    {
        int heads = q[0].Length, shared = heads / k[0].Length;
        return [.. q.Select((row, t) => Enumerable.Range(0, heads).SelectMany(head =>
        {
            int[] seen = [.. Enumerable.Range(0, t + 1).Where(j => t - j < window)];
            var weights = Softmax([.. seen.Select(j => scale * Dot(row[head], k[j][head / shared]))]);
            return Enumerable.Range(0, v[0][0].Length).Select(i => seen.Select((j, n) => weights[n] * v[j][head / shared][i]).Sum());
        }).ToArray())];
    }

    /// <summary>θ^(−2i/R) for i &lt; R/2.</summary>
    public static double[] Frequencies(double theta, int size) => [.. Enumerable.Range(0, size / 2).Select(i => Math.Pow(theta, -2.0 * i / size))];
}
