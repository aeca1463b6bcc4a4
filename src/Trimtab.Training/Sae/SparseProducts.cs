using System.Numerics.Tensors;
using Trimtab.Tensors;
using Trimtab.Tensors.Threading;

namespace Trimtab.Training.Sae;

/// <summary>The products of a sparse autoencoder that follow its encoding, at the entries of a code alone: their cost is that of the active latents, not of all.</summary>
internal static class SparseProducts
{
    /// <summary>y[n] += Σ over the row's entries of a · W[latent]: decoding.</summary>
    /// <param name="code">The entries; their values are a.</param>
    /// <param name="weight">W [F, D].</param>
    /// <param name="y">[N, D].</param>
    /// <param name="firstLatent">Entries of earlier latents are left out.</param>
    /// <param name="endLatent">Entries from this latent on are left out.</param>
    public static void AddDecoded(this SparseCode code, Tensor weight, Tensor y, int firstLatent, int endLatent) =>
        WorkerTeam.Shared.For(code.RowCount, 1, (code, weight, y, firstLatent, endLatent), static (s, start, end) =>
        {
            for (int row = start; row < end; row++)
            {
                var (first, count) = s.code.OfRow(row);
                var sum = s.y.Row(row);
                for (int entry = first; entry < first + count; entry++)
                    if (s.code.Latents[entry] is var latent && latent >= s.firstLatent && latent < s.endLatent)
                        TensorPrimitives.MultiplyAdd(s.weight.Row(latent), s.code.Values[entry], sum, sum);
            }
        });

    /// <summary>g[row] · W[latent] at every entry whose latent lies in a range; others keep what stood there.</summary>
    public static void Dots(this SparseCode code, Tensor g, Tensor weight, float[] dots, int firstLatent, int endLatent) =>
        WorkerTeam.Shared.For(code.RowCount, 1, (code, g, weight, dots, firstLatent, endLatent), static (s, start, end) =>
        {
            for (int row = start; row < end; row++)
            {
                var (first, count) = s.code.OfRow(row);
                for (int entry = first; entry < first + count; entry++)
                    if (s.code.Latents[entry] is var latent && latent >= s.firstLatent && latent < s.endLatent)
                        s.dots[entry] = TensorPrimitives.Dot<float>(s.g.Row(row), s.weight.Row(latent));
            }
        });

    /// <summary>dW[latent] += Σ over the latent's entries of c · x[row].</summary>
    /// <param name="code">The entries.</param>
    /// <param name="coefficients">c, for every entry.</param>
    /// <param name="x">[N, D].</param>
    /// <param name="gradient">dW [F, D].</param>
    /// <param name="firstLatent">Earlier latents are left out.</param>
    /// <param name="endLatent">Latents from this one on are left out.</param>
    public static void AddOuter(this SparseCode code, float[] coefficients, Tensor x, Tensor gradient, int firstLatent, int endLatent) =>
        WorkerTeam.Shared.For(endLatent - firstLatent, 1, (code, coefficients, x, gradient, firstLatent), static (s, start, end) =>
        {
            for (int latent = s.firstLatent + start; latent < s.firstLatent + end; latent++)
            {
                var sum = s.gradient.Row(latent);
                foreach (int entry in s.code.OfLatent(latent))
                    if (s.coefficients[entry] != 0)
                        TensorPrimitives.MultiplyAdd(s.x.Row(s.code.Rows[entry]), s.coefficients[entry], sum, sum);
            }
        });

    /// <summary>sums[latent] += Σ over the latent's entries of c.</summary>
    public static void AddSums(this SparseCode code, float[] coefficients, Span<float> sums)
    {
        for (int latent = 0; latent < code.LatentCount; latent++)
        {
            double sum = 0;
            foreach (int entry in code.OfLatent(latent))
                sum += coefficients[entry];
            sums[latent] += (float)sum;
        }
    }
}
