using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Trimtab.Models.Hooks;
using Trimtab.Steering;

namespace Trimtab.Evaluation.Screening;

/// <summary>What data is screened for: a trait's direction v at the output of one block. Projections are on the unit direction u = v/‖v‖.</summary>
public sealed class ScreenTrait
{
    /// <summary>A trait by a vector's direction at a block.</summary>
    /// <param name="name">What results call it; not empty.</param>
    /// <param name="vector">The vector.</param>
    /// <param name="layer">The block, from 0.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    /// <exception cref="SteeringException">The vector has no direction at the block's output, or one without length.</exception>
    public ScreenTrait(string name, SteeringVector vector, int layer)
    {
        ArgumentNullException.ThrowIfNull(vector);
        if (string.IsNullOrWhiteSpace(name))
            throw new ArgumentException("Screen: a trait has no name. Results are kept by it, so give one.", nameof(name));
        (Name, Vector, At) = (name, vector, HookPoint.ResidPost(layer));
        Unit = vector.Only(At).Normalised()[At].Values.ToArray();
        DirectionHash = Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<float>(Unit)))[..16];
    }

    /// <summary>What results call it.</summary>
    public string Name { get; }

    /// <summary>The vector.</summary>
    public SteeringVector Vector { get; }

    /// <summary>Where rows are read: <c>blocks.l.resid_post</c>.</summary>
    public HookPoint At { get; }

    /// <summary>Identifies the direction by its values: 16 hexadecimal digits.</summary>
    public string DirectionHash { get; }

    /// <summary>u, [D].</summary>
    internal float[] Unit { get; }
}
