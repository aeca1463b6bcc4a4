using System.Globalization;
using System.Numerics.Tensors;
using System.Text.Json.Nodes;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Steering;

/// <summary>
/// Rotates the rows in the plane of two directions a and b, from a towards b, and leaves everything at right angles to the plane as it is. With e₁ = a/‖a‖,
/// e₂ = b − (b · e₁) e₁ at length 1 (Gram–Schmidt), p = x · e₁ and q = x · e₂: x ← x + ((cos θ − 1) p − sin θ q) e₁ + (sin θ p + (cos θ − 1) q) e₂. The length of a row
/// stays. At angle 0, and at full turns, the rows come back untouched, bit for bit.
/// </summary>
/// <param name="From">a.</param>
/// <param name="Toward">b; it must not be parallel to a.</param>
/// <param name="Degrees">θ in degrees; negative for the other way round.</param>
[Edit("rotate")]
public sealed record Rotate(Direction From, Direction Toward, double Degrees) : Edit
{
    // Below this sine the plane is decided by rounding rather than by the directions.
    private const double LeastSine = 1e-4;

    /// <summary>θ in degrees.</summary>
    public double Degrees { get; init; } = double.IsFinite(Degrees)
        ? Degrees
        : throw new ArgumentException($"Rotate: the angle is {Degrees} — a finite number of degrees is needed.", nameof(Degrees));

    /// <inheritdoc/>
    public override CompiledEdit CompileAt(HookPoint at, LoadedModel model)
    {
        var first = Direction.Unit(From.At(at, model), at);
        return new Compiled(first, Orthogonal(first, Direction.Unit(Toward.At(at, model), at), at), Math.IEEERemainder(Degrees, 360));
    }

    internal static Rotate Read(PlanMembers members) =>
        new(DirectionForm.Read(members.Object("from")), DirectionForm.Read(members.Object("toward")), members.Number("degrees"));

    internal override void Write(JsonObject json, IReadOnlyList<HookPoint> at)
    {
        json["from"] = DirectionForm.Write(From, at);
        json["toward"] = DirectionForm.Write(Toward, at);
        json["degrees"] = Degrees;
    }

    private static Tensor Orthogonal(Tensor first, Tensor second, HookPoint at)
    {
        double[] a = [.. first.Values], b = [.. second.Values];
        // Twice, because the first difference of nearly parallel directions is mostly rounding.
        for (int pass = 0; pass < 2; pass++)
        {
            double along = TensorPrimitives.Dot<double>(a, b) / TensorPrimitives.SumOfSquares<double>(a);
            for (int i = 0; i < a.Length; i++)
                b[i] -= along * a[i];
            if (pass == 0 && TensorPrimitives.Norm<double>(b) < LeastSine)
                throw new SteeringException($"Rotate: at {at} the two directions are parallel, so they span no plane. Give directions that differ.");
        }
        TensorPrimitives.Divide(b, TensorPrimitives.Norm<double>(b), b);
        return Tensor.From(Array.ConvertAll(b, value => (float)value));
    }

    private sealed class Compiled(Tensor first, Tensor second, double degrees) : CompiledEdit
    {
        private readonly float _cosineLess1 = (float)(double.CosPi(degrees / 180) - 1), _sine = (float)double.SinPi(degrees / 180);

        public override string Identity { get; } = string.Create(CultureInfo.InvariantCulture, $"rotate {Direction.Digest(first)} {Direction.Digest(second)} {degrees:R}");

        public override Tensor Apply(Tensor rows)
        {
            if (degrees == 0)
                return rows;
            Tensor p = rows.RowDot(first), q = rows.RowDot(second);
            return rows
                .AddOuter(first, p.Scale(_cosineLess1).Add(q.Scale(-_sine)))
                .AddOuter(second, p.Scale(_sine).Add(q.Scale(_cosineLess1)));
        }
    }
}
