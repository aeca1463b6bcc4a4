using System.Numerics.Tensors;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;

namespace Trimtab.Steering;

/// <summary>Sums, combinations and angles of steering vectors over the hook points that all of them have, and the increments of one from block to block.</summary>
public static class VectorArithmetic
{
    /// <summary>Σ v at every common hook point: several traits in one vector.</summary>
    /// <exception cref="SteeringException">No vectors, no common hook point, other sizes, or other models.</exception>
    public static SteeringVector Sum(params IReadOnlyList<SteeringVector> vectors) => Combine([.. vectors.Select(vector => (vector, 1f))]);

    /// <summary>
    /// Σ w · v at every common hook point, summed in double precision and rounded once. The provenance keeps those of the terms; its residual norms are the means over
    /// the terms, where all of them measured one.
    /// </summary>
    /// <exception cref="SteeringException">No terms, no common hook point, other sizes, or models known to be different.</exception>
    /// <exception cref="VectorFormatException">A weight is not finite, or a value leaves the range of F32.</exception>
    public static SteeringVector Combine(params IReadOnlyList<(SteeringVector Vector, float Weight)> terms)
    {
        if (terms.Count == 0)
            throw new SteeringException("Combine: no vectors were given. At least one is needed.");
        var vectors = terms.Select(term => term.Vector).ToArray();
        var points = CommonPoints(vectors);
        var options = new JsonObject { ["weights"] = new JsonArray([.. terms.Select(term => Weight(term.Weight))]) };
        return SteeringVector.FromDirections(points.Select(point => (point, CombineAt(point, terms))), CombinedProvenance(vectors, points, "linear-combination", options), string.Join(" + ", vectors.Select(v => v.Name)));
    }

    /// <summary>
    /// What each block adds to the direction before it: v[l] − v[l′], with l′ the next lower block that has a direction, and the first direction itself (Chen et al. 2025, arXiv 2507.21509). Added after
    /// all of these blocks with one coefficient c, the shifts add up along the residual stream to c · v[l] after block l, where v itself would be counted over and over.
    /// </summary>
    /// <remarks>
    /// Only directions at the outputs of blocks are part of it. It records no residual norms: a fraction of the norm would scale every increment by itself, and they would not add up any more. Steer by it
    /// with raw coefficients.
    /// </remarks>
    /// <exception cref="SteeringException">There is no direction at the output of a block.</exception>
    public static SteeringVector Incremental(this SteeringVector vector)
    {
        HookPoint[] points = [.. vector.Layers.Select(HookPoint.ResidPost)];
        if (points.Length == 0)
            throw new SteeringException($"Incremental: {vector.Name} has no direction at the output of a block, only at {string.Join(", ", vector.HookPoints)}. Fit or import one that does.");
        var increments = points.Select((point, i) => (point, i == 0 ? vector[point] : Difference(vector[point], vector[points[i - 1]])));
        return SteeringVector.FromDirections(increments, vector.Provenance.WithStep("increments from block to block") with { ResidualNorms = null }, vector.Name);
    }

    /// <summary>cos(a, b) = a · b / (‖a‖ ‖b‖) at every common hook point, −1 … 1, in the order of depth.</summary>
    /// <exception cref="SteeringException">No common hook point, other sizes, or a zero direction, which has no angle.</exception>
    public static IReadOnlyList<(HookPoint Point, double Cosine)> Cosines(SteeringVector a, SteeringVector b) =>
        [.. CommonPoints([a, b]).Select(point => (point, Cosine(point, a, b)))];

    internal static HookPoint[] CommonPoints(SteeringVector[] vectors)
    {
        var first = vectors[0];
        foreach (var vector in vectors)
            if (vector.Dimension != first.Dimension)
                throw new SteeringException($"Combine: {first.Name} has directions of {first.Dimension} values, {vector.Name} of {vector.Dimension}. Vectors of one model have one size.");
        HookPoint[] points = [.. first.HookPoints.Where(point => vectors.All(vector => vector.Has(point)))];
        return points.Length > 0 ? points : throw new SteeringException($"Combine: {string.Join(" and ", vectors.Select(v => v.Name))} have no hook point in common.");
    }

    private static Tensor CombineAt(HookPoint point, IReadOnlyList<(SteeringVector Vector, float Weight)> terms)
    {
        double[] sums = new double[terms[0].Vector.Dimension];
        foreach (var (vector, weight) in terms)
        {
            var values = vector[point].Values;
            for (int i = 0; i < sums.Length; i++)
                sums[i] += (double)weight * values[i];
        }
        return Tensor.From([.. sums.Select(sum => (float)sum)]);
    }

    private static Tensor Difference(Tensor a, Tensor b)
    {
        var difference = a.Keep();
        TensorPrimitives.Subtract(a.Values, b.Values, difference.Values);
        return difference;
    }

    private static double Cosine(HookPoint point, SteeringVector a, SteeringVector b)
    {
        Span<float> x = a[point].Values, y = b[point].Values;
        double dot = 0, xx = 0, yy = 0;
        for (int i = 0; i < x.Length; i++)
            (dot, xx, yy) = (dot + (double)x[i] * y[i], xx + (double)x[i] * x[i], yy + (double)y[i] * y[i]);
        if (xx == 0 || yy == 0)
            throw new SteeringException($"Cosine: {(xx == 0 ? a : b).Name} is zero at {point}, and a zero direction has no angle. Leave this hook point away.");
        return Math.Clamp(dot / (Math.Sqrt(xx) * Math.Sqrt(yy)), -1, 1);
    }

    /// <summary>The record of what several vectors were made into: what they agree on, and their own records.</summary>
    internal static Provenance CombinedProvenance(IReadOnlyList<SteeringVector> vectors, HookPoint[] points, string method, JsonObject options)
    {
        Provenance[] sources = [.. vectors.Select(vector => vector.Provenance)];
        return new Provenance
        {
            ModelName = Agreed(sources.Select(s => s.ModelName)),
            Architecture = Agreed(sources.Select(s => s.Architecture)),
            ModelFingerprint = Required("weights", sources.Select(s => s.ModelFingerprint)),
            HiddenSize = (int?)Required("a hidden size", sources.Select(s => (object?)s.HiddenSize)),
            LayerCount = (int?)Required("a number of blocks", sources.Select(s => (object?)s.LayerCount)),
            Method = method,
            MethodOptions = JsonElement.Parse(options.ToJsonString()),
            TokenRule = Agreed(sources.Select(s => s.TokenRule)),
            ChatTemplateHash = Agreed(sources.Select(s => s.ChatTemplateHash)),
            ResidualNorms = MeanNorms(sources, points),
            Sources = sources,
        };
    }

    internal static JsonValue Weight(float weight) => float.IsFinite(weight) ? JsonValue.Create(weight) : throw new VectorFormatException("Combine", "a weight", weight, "expected a finite number");

    private static Dictionary<string, double>? MeanNorms(Provenance[] sources, HookPoint[] points)
    {
        var means = points.Select(point => point.ToString()).Where(point => sources.All(s => s.ResidualNorms?.ContainsKey(point) == true))
            .ToDictionary(point => point, point => sources.Average(s => s.ResidualNorms![point]));
        return means.Count > 0 ? means : null;
    }

    private static T? Agreed<T>(IEnumerable<T?> values) where T : class => values.Distinct().Take(2).ToArray() is [var only] ? only : null;

    // Unknown agrees with everything, as it does when a vector meets a model.
    private static T? Required<T>(string what, IEnumerable<T?> values) where T : class => values.OfType<T>().Distinct().ToArray() switch
    {
        [] => null,
        [var only] => only,
        [var one, var other, ..] => throw new SteeringException($"Combine: the vectors were fitted on models with different {what} ({one} and {other}). Combine vectors of one model."),
    };
}
