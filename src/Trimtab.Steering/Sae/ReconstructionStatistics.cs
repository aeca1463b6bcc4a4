using System.Numerics.Tensors;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;

namespace Trimtab.Steering.Sae;

/// <summary>Sums over the rows that an autoencoder reconstructs: enough for L0, unexplained variance, dead latents and mean lengths. In double precision, for the rows' mean may be far longer than their spread.</summary>
internal sealed class ReconstructionStatistics(SparseAutoencoder sae)
{
    private readonly double[] _sum = new double[sae.InputWidth];
    private readonly bool[] _fired = new bool[sae.LatentCount];
    private double _squares, _error, _norm, _reconstructedNorm;
    private long _rows, _active;

    /// <summary>x̂ of some rows, which are counted.</summary>
    public Tensor Reconstruct(Tensor rows)
    {
        var latents = sae.EncodeSparse(rows);
        var reconstruction = sae.Decode(latents, rows);
        for (int row = 0; row < rows.RowCount; row++)
        {
            foreach (int latent in latents.Indices(row))
                _fired[latent] = true;
            Count(rows.Row(row), reconstruction.Row(row));
        }
        _rows += rows.RowCount;
        _active += latents.ActiveCount;
        return reconstruction;
    }

    /// <summary>What was measured, without losses.</summary>
    /// <exception cref="InvalidOperationException">No row was counted.</exception>
    public SaeReport Report(HookPoint at, int texts)
    {
        if (_rows == 0)
            throw new InvalidOperationException("Autoencoder check: the texts have no row to measure. Give texts of at least two tokens.");
        double variance = _squares - _sum.Sum(sum => sum * sum) / _rows;
        return new SaeReport
        {
            At = at, Origin = sae.Origin, ClaimedL0 = sae.Origin.L0 ?? sae.Kind.ExpectedL0, TextCount = texts, RowCount = _rows, LatentCount = sae.LatentCount,
            L0 = (double)_active / _rows, UnexplainedVariance = _error / variance, DeadCount = _fired.Count(fired => !fired), MeanNorm = _norm / _rows, MeanReconstructedNorm = _reconstructedNorm / _rows,
        };
    }

    private void Count(ReadOnlySpan<float> row, ReadOnlySpan<float> reconstruction)
    {
        for (int i = 0; i < row.Length; i++)
        {
            double value = row[i], difference = value - reconstruction[i];
            _sum[i] += value;
            _squares += value * value;
            _error += difference * difference;
        }
        _norm += TensorPrimitives.Norm(row);
        _reconstructedNorm += TensorPrimitives.Norm(reconstruction);
    }
}
