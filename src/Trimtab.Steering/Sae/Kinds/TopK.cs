using System.Buffers;
using System.Globalization;
using Trimtab.Tensors.Ops;

namespace Trimtab.Steering.Sae;

/// <summary>
/// The k largest pre-activations of a row stay, all others become 0 (Gao et al. 2024, eq. 5). Of equal ones the lower latent stays, so that the choice depends on
/// nothing but the row.
/// </summary>
/// <param name="K">k, from 1.</param>
/// <param name="Rectified">Whether what stays is at least 0, as in nearly all files; Qwen-Scope keeps negative values.</param>
public sealed record TopK(int K, bool Rectified = true) : SaeKind
{
    /// <summary>k, from 1.</summary>
    public int K { get; init; } = K > 0 ? K : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"TopK: k is {K} — at least one latent must stay."), nameof(K));

    /// <inheritdoc/>
    public override string Name => "topk";

    /// <inheritdoc/>
    public override double? ExpectedL0 => K;

    /// <summary>The pre-activation itself, rectified where the kind is: whether it is among the k largest takes all of them to know.</summary>
    public override float ActivationOf(int latent, float preActivation) => Rectified ? Math.Max(preActivation, 0) : preActivation;

    internal override string IdentityOf(int latent) => string.Create(CultureInfo.InvariantCulture, $"{Name} {K} {Rectified}");

    internal override void Activate(ReadOnlySpan<float> preActivations, SparseLatents into)
    {
        int[] largest = ArrayPool<int>.Shared.Rent(K);
        int count = LargestValues.Find(preActivations, largest.AsSpan(0, K));
        foreach (int latent in largest.AsSpan(0, count))
            if (ActivationOf(latent, preActivations[latent]) is not 0 and var value)
                into.Add(latent, value);
        ArrayPool<int>.Shared.Return(largest);
    }

    internal override void Require(int latentCount)
    {
        if (K > latentCount)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"TopK: k is {K}, but there are only {latentCount} latents."));
    }
}
