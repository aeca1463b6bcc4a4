using Trimtab.Steering.Sae;
using Trimtab.Tensors;

namespace Trimtab.Steering.Tests.Sae;

/// <summary>
/// An autoencoder of 10 latents over rows of 6 values, of numbers without a meaning, and what it must give by the formulas of its kinds, in double precision and with nothing of the library's. Encoder [F, D], decoder [F, D].
/// </summary>
internal static class SomeSae
{
    public const int Width = 6, Latents = 10, RowCount = 5;

    public static Tensor EncoderRows { get; } = Numbers(1, 1, Latents, Width);

    public static Tensor EncoderBias { get; } = Numbers(2, 0.3f, Latents);

    public static Tensor DecoderRows { get; } = Numbers(3, 1, Latents, Width);

    public static Tensor DecoderBias { get; } = Numbers(4, 0.5f, Width);

    public static Tensor Thresholds { get; } = Numbers(5, 1, Latents);

    public static Tensor Rows { get; } = Numbers(6, 2, RowCount, Width);

    public static SaeWeights Weights { get; } = new(EncoderRows, EncoderBias, DecoderRows, DecoderBias);

    /// <summary>Numbers between −size and size.</summary>
    public static Tensor Numbers(int seed, float size, params int[] sizes)
    {
        var random = new Random(seed);
        var tensor = Tensor.Zeros(new Shape(sizes));
        foreach (ref float value in tensor.Values)
            value = size * (2 * random.NextSingle() - 1);
        return tensor;
    }

    /// <summary>A matrix the other way round.</summary>
    public static Tensor Turned(Tensor matrix)
    {
        var turned = Tensor.Zeros(new Shape(matrix.Columns, matrix.RowCount));
        for (int row = 0; row < matrix.RowCount; row++)
            for (int column = 0; column < matrix.Columns; column++)
                turned.Row(column)[row] = matrix[row, column];
        return turned;
    }

    /// <summary>pre[t, j] = Σᵢ (scale · x[t, i] − centre[i]) W[j, i] + b[j].</summary>
    public static double[][] PreActivations(Tensor rows, bool centred, double scale = 1) => [.. Enumerable.Range(0, rows.RowCount).Select(t => (double[])
        [.. Enumerable.Range(0, Latents).Select(j => EncoderBias[j] + Enumerable.Range(0, Width).Sum(i => (scale * rows[t, i] - (centred ? DecoderBias[i] : 0)) * EncoderRows[j, i]))])];

    /// <summary>(Σⱼ a[t, j] W_dec[j] + b_dec) / scale.</summary>
    public static float[] Decoded(double[][] latents, double scale = 1) =>
        [.. latents.SelectMany(row => Enumerable.Range(0, Width).Select(i => (float)((DecoderBias[i] + Enumerable.Range(0, Latents).Sum(j => row[j] * DecoderRows[j, i])) / scale)))];

    /// <summary>Every pre-activation by itself through a function of it and its latent.</summary>
    public static double[][] Each(double[][] pre, Func<double, int, double> activation) => [.. pre.Select(row => (double[])[.. row.Select(activation)])];

    /// <summary>The k largest of each row, others 0; by a sort.</summary>
    public static double[][] Largest(double[][] pre, int k, bool rectified = true) => [.. pre.Select(row =>
    {
        var kept = row.Select((value, j) => (value, j)).OrderByDescending(item => item.value).Take(k).Select(item => item.j).ToHashSet();
        return (double[])[.. row.Select((value, j) => kept.Contains(j) ? rectified ? Math.Max(value, 0) : value : 0)];
    })];

    public static float[] Flat(double[][] rows) => [.. rows.SelectMany(row => row.Select(value => (float)value))];
}
