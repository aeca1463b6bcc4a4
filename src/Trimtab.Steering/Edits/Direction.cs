using System.Security.Cryptography;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Steering;

/// <summary>
/// A direction for every hook point an edit applies to: either one direction for all, given by its values, or those of a steering vector, each point its own.
/// </summary>
public abstract record Direction
{
    /// <summary>The direction of a vector: at each hook point its own, or the one measured at <paramref name="from"/> everywhere.</summary>
    public static Direction Of(SteeringVector vector, HookPoint? from = null) => new VectorDirection(vector, from);

    /// <summary>The same values at every hook point.</summary>
    public static Direction Of(Tensor values) => new FixedDirection(values);

    /// <summary>The direction at a hook point, [width], as stored.</summary>
    /// <exception cref="SteeringException">There is none for the point, or its size is not the point's.</exception>
    public Tensor At(HookPoint point, LoadedModel model)
    {
        var direction = Find(point, model);
        int width = model.WidthAt(point);
        return direction.Shape.Rank == 1 && direction.Count == width
            ? direction
            : throw new SteeringException($"Direction: {direction} does not fit {point} of {model.Name}, whose rows have {(width == 0 ? "no fixed width" : $"{width} values")}.");
    }

    /// <summary>The direction for a hook point, before its size is checked.</summary>
    protected abstract Tensor Find(HookPoint point, LoadedModel model);

    /// <summary>The mean norm of the activations at a hook point, recorded when the vector was made.</summary>
    /// <exception cref="SteeringException">It was not recorded.</exception>
    public abstract float MeanNormAt(HookPoint point);

    /// <summary>The coefficient c of c · v that a strength means for this direction at a hook point.</summary>
    public float Coefficient(Strength strength, HookPoint point, Tensor direction) => strength.IsOfNorm
        ? strength.Value * MeanNormAt(point) / RequireLength(direction, point)
        : strength.Value;

    /// <summary>v at a hook point and the c of c · v that a strength means there; 0 needs no length.</summary>
    internal (Tensor Direction, float Coefficient) Scaled(Strength strength, HookPoint at, LoadedModel model)
    {
        var direction = At(at, model);
        return (direction, strength.Value == 0 ? 0 : Coefficient(strength, at, direction));
    }

    /// <summary>The coordinate x · v̂ that a strength means at a hook point: itself, or that fraction of the mean residual norm there.</summary>
    internal float Coordinate(Strength strength, HookPoint point) => strength.IsOfNorm ? strength.Value * MeanNormAt(point) : strength.Value;

    /// <summary>The direction scaled to length 1.</summary>
    /// <exception cref="SteeringException">It is zero, or it is trained: gradients do not pass through its length.</exception>
    internal static Tensor Unit(Tensor direction, HookPoint point)
    {
        if (direction.WantsGradient)
            throw new SteeringException($"Direction: at {point} it is trained, and what needs it at length 1 would go on with its first values. Train it in an 'add' or 'norm-preserving-add', or give a copy of its values.");
        var unit = direction.Keep();
        TensorPrimitives.Divide(unit.Values, RequireLength(direction, point), unit.Values);
        return unit;
    }

    /// <summary>Identifies a direction by its values.</summary>
    internal static string Digest(Tensor direction) => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(direction.Values)))[..16];

    private static float RequireLength(Tensor direction, HookPoint point)
    {
        float length = TensorPrimitives.Norm(direction.Values);
        return length > 0 ? length : throw new SteeringException($"Direction: at {point} it is zero, so it points nowhere. Use another layer or fit the vector again.");
    }
}

/// <summary>The directions of a steering vector.</summary>
/// <param name="Vector">The vector.</param>
/// <param name="From">The hook point whose direction serves everywhere; null for each point its own.</param>
public sealed record VectorDirection(SteeringVector Vector, HookPoint? From) : Direction
{
    /// <summary>The file that the vector came from, as a plan names it; null for vectors that were never saved.</summary>
    public string? File { get; init; }

    /// <summary>Accept a vector that was made for other weights of the same width.</summary>
    public bool AnyModel { get; init; }

    /// <inheritdoc/>
    protected override Tensor Find(HookPoint point, LoadedModel model)
    {
        VectorCompatibility.Require(Vector, model, AnyModel);
        var source = From ?? point;
        if (!Vector.Has(source))
            throw new SteeringException($"Direction: the vector{(File is null ? "" : $" {File}")} has none for {source}. It has {string.Join(", ", Vector.HookPoints)}. Name one of them with \"from\".");
        return Vector[source];
    }

    /// <inheritdoc/>
    public override float MeanNormAt(HookPoint point) =>
        Vector.Provenance.ResidualNorms is { } norms && norms.TryGetValue((From ?? point).ToString(), out double norm)
            ? (float)norm
            : throw new SteeringException($"Strength: the vector{(File is null ? "" : $" {File}")} records no residual norm for {From ?? point}, so a fraction of the norm means nothing. Give a raw strength.");
}

/// <summary>One direction for all hook points.</summary>
/// <param name="Values">The direction, [width].</param>
public sealed record FixedDirection(Tensor Values) : Direction
{
    /// <inheritdoc/>
    protected override Tensor Find(HookPoint point, LoadedModel model) => Values;

    /// <inheritdoc/>
    public override float MeanNormAt(HookPoint point) =>
        throw new SteeringException("Strength: a direction given by its values records no residual norm, so a fraction of the norm means nothing. Give a raw strength.");
}
