using Trimtab.Tensors;

namespace Trimtab.Training.Sae;

/// <summary>For each latent, how many rows went by since it last fired. One that has not fired for long is dead.</summary>
/// <param name="latents">F.</param>
/// <param name="deadAfterRows">From how many rows on a latent is dead.</param>
internal sealed class LatentActivity(int latents, long deadAfterRows)
{
    // Counts are kept as F32, which checkpoints hold; beyond this they would not be whole any more, and need not be.
    private const float MostRows = 1 << 24;

    /// <summary>The rows since each latent fired, [F]: what a checkpoint keeps.</summary>
    public Tensor RowsSinceFired { get; } = Tensor.Zeros(new Shape(latents));

    /// <summary>How many latents are dead.</summary>
    public int DeadCount
    {
        get
        {
            int count = 0;
            for (int latent = 0; latent < latents; latent++)
                count += IsDead(latent) ? 1 : 0;
            return count;
        }
    }

    /// <summary>Whether a latent is dead.</summary>
    public bool IsDead(int latent) => RowsSinceFired.Values[latent] >= Math.Min(deadAfterRows, MostRows);

    /// <summary>Notes which latents fire in a batch.</summary>
    public void Note(SparseCode code)
    {
        var rows = RowsSinceFired.Values;
        for (int latent = 0; latent < latents; latent++)
            rows[latent] = Fires(code, latent) ? 0 : Math.Min(rows[latent] + code.RowCount, MostRows);
    }

    private static bool Fires(SparseCode code, int latent)
    {
        foreach (int entry in code.OfLatent(latent))
            if (code.Values[entry] > 0)
                return true;
        return false;
    }
}
