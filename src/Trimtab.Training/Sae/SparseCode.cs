using Trimtab.Tensors;
using Trimtab.Tensors.Threading;

namespace Trimtab.Training.Sae;

/// <summary>
/// The positive values of a matrix of latents [N, F], row by row and latent by latent: what a sparse autoencoder's products after encoding need instead of the whole matrix. Entries are numbered by row, then
/// latent; sums over rows and sums over latents each run in one fixed order, so results do not depend on threads.
/// </summary>
internal sealed class SparseCode
{
    private readonly int[] _rowStarts, _latentStarts, _byLatent;

    /// <summary>Gathers the positive values.</summary>
    /// <param name="dense">[N, F].</param>
    public SparseCode(Tensor dense)
    {
        (RowCount, LatentCount) = (dense.RowCount, dense.Columns);
        _rowStarts = new int[RowCount + 1];
        WorkerTeam.Shared.For(RowCount, 1, (dense, starts: _rowStarts), static (s, first, end) =>
        {
            for (int row = first; row < end; row++)
                s.starts[row + 1] = CountPositive(s.dense.Row(row));
        });
        for (int row = 0; row < RowCount; row++)
            _rowStarts[row + 1] += _rowStarts[row];
        (Rows, Latents, Values) = (new int[_rowStarts[^1]], new int[_rowStarts[^1]], new float[_rowStarts[^1]]);
        WorkerTeam.Shared.For(RowCount, 1, (dense, code: this), static (s, first, end) =>
        {
            for (int row = first; row < end; row++)
                s.code.Gather(row, s.dense.Row(row));
        });
        (_latentStarts, _byLatent) = SortByLatent();
    }

    /// <summary>N.</summary>
    public int RowCount { get; }

    /// <summary>F.</summary>
    public int LatentCount { get; }

    /// <summary>The number of positive values.</summary>
    public int Count => Values.Length;

    /// <summary>Each entry's row.</summary>
    public int[] Rows { get; }

    /// <summary>Each entry's latent.</summary>
    public int[] Latents { get; }

    /// <summary>Each entry's value. It may be written to; the entries stay where they are.</summary>
    public float[] Values { get; }

    /// <summary>The first entry of a row, and how many it has.</summary>
    public (int First, int Count) OfRow(int row) => (_rowStarts[row], _rowStarts[row + 1] - _rowStarts[row]);

    /// <summary>The entries of a latent, by ascending row.</summary>
    public ReadOnlySpan<int> OfLatent(int latent) => _byLatent.AsSpan(_latentStarts[latent], _latentStarts[latent + 1] - _latentStarts[latent]);

    private static int CountPositive(ReadOnlySpan<float> row)
    {
        int count = 0;
        foreach (float value in row)
            count += value > 0 ? 1 : 0;
        return count;
    }

    private void Gather(int row, ReadOnlySpan<float> dense)
    {
        int entry = _rowStarts[row];
        for (int latent = 0; latent < dense.Length; latent++)
            if (dense[latent] > 0)
                (Rows[entry], Latents[entry], Values[entry++]) = (row, latent, dense[latent]);
    }

    // A counting sort: entries are in the order of rows already, and stay in it within each latent.
    private (int[] Starts, int[] Entries) SortByLatent()
    {
        int[] starts = new int[LatentCount + 1], entries = new int[Count];
        foreach (int latent in Latents)
            starts[latent + 1]++;
        for (int latent = 0; latent < LatentCount; latent++)
            starts[latent + 1] += starts[latent];
        int[] next = starts[..^1];
        for (int entry = 0; entry < entries.Length; entry++)
            entries[next[Latents[entry]]++] = entry;
        return (starts, entries);
    }
}
