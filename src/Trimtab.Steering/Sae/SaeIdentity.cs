using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Trimtab.Tensors;

namespace Trimtab.Steering.Sae;

/// <summary>The numbers that decide what an autoencoder computes, as short texts: parts of the fingerprints that tag caches.</summary>
internal static class SaeIdentity
{
    /// <summary>Identifies all latents and what they write: weights, kind, normalisation and centring. It reads every weight.</summary>
    public static string Of(SparseAutoencoder sae)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Add(string text) => hash.AppendData(Encoding.UTF8.GetBytes($"{text}\n"));
        Tensor?[] weights = [sae.Weights.Encoder, sae.Weights.EncoderBias, sae.Weights.Decoder, sae.Weights.DecoderBias, sae.Weights.Skip];
        foreach (var weight in weights.OfType<Tensor>())
        {
            Add(weight.ToString());
            for (int row = 0; row < weight.RowCount; row++)
                hash.AppendData(weight.RowBytes(row));
        }
        for (int latent = 0; latent < sae.LatentCount; latent++)
            Add(sae.Kind.IdentityOf(latent));
        Add($"{sae.Normalisation.Identity} {sae.CentresInput}");
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    /// <summary>Identifies what one latent is by its own pre-activation, and what it writes.</summary>
    public static string Of(SparseAutoencoder sae, int latent) => string.Create(CultureInfo.InvariantCulture,
        $"{latent} {sae.Kind.IdentityOf(latent)} {sae.Weights.EncoderBias.Values[latent]:R} {Direction.Digest(sae.EncoderRow(latent))} {Direction.Digest(sae.DecoderRow(latent))} {sae.Normalisation.Identity}{(sae.CentresInput ? $" centred {Direction.Digest(sae.Weights.DecoderBias)}" : "")}");
}
