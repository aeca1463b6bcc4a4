using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;

namespace Trimtab.Steering;

/// <summary>Ways to make one vector of several.</summary>
public enum MergeMethod
{
    /// <summary>Σ wᵢ vᵢ.</summary>
    Sum,
    /// <summary>Σ wᵢ vᵢ / Σ wᵢ.</summary>
    Linear,
    /// <summary>
    /// Trim, elect, merge (TIES, Yadav et al. 2023): of each vᵢ the share pᵢ of its values that are largest in size stays; for each coordinate the sign of Σ wᵢ vᵢ is
    /// elected, + where it is 0; the result is the weighted mean of the values that have it. So v and −v of equal weight give |v|, not 0.
    /// </summary>
    Ties,
    /// <summary>As <see cref="Ties"/>, but the values that stay are drawn, each with probability pᵢ, and scaled to the old sum of sizes (DARE, Yu et al. 2024).</summary>
    DareTies,
}

/// <summary>How vectors are merged.</summary>
public sealed record MergeOptions
{
    /// <summary>The way.</summary>
    public MergeMethod Method { get; init; } = MergeMethod.Linear;

    /// <summary>wᵢ, one for each vector; empty for 1 each. Above 0 for ties and DARE, where a sign is elected.</summary>
    public ImmutableArray<float> Weights { get; init; } = [];

    /// <summary>pᵢ, above 0 and at most 1: one for all vectors, or one for each. Only ties and DARE take any.</summary>
    public ImmutableArray<float> Densities { get; init; } = [];

    /// <summary>Draws what stays under DARE.</summary>
    public int Seed { get; init; }
}

/// <summary>Merges steering vectors, coordinate by coordinate, at the hook points that all of them have.</summary>
public static class VectorMerge
{
    // An L1 norm below this is nothing to restore.
    private const double LeastSum = 1e-7;

    /// <summary>The methods by the names that commands and provenance use.</summary>
    public static IReadOnlyDictionary<string, MergeMethod> Methods { get; } = new Dictionary<string, MergeMethod>
    {
        ["sum"] = MergeMethod.Sum, ["linear"] = MergeMethod.Linear, ["ties"] = MergeMethod.Ties, ["dare-ties"] = MergeMethod.DareTies,
    };

    /// <summary>The merged vector. Its provenance keeps those of the vectors and the options; its residual norms are the means, where all of them measured one.</summary>
    /// <exception cref="SteeringException">No vectors, no common hook point, other sizes, models known to be different, or a density that keeps no value.</exception>
    /// <exception cref="ArgumentException">Weights or densities are out of range, or another number than the vectors.</exception>
    public static SteeringVector Merge(IReadOnlyList<SteeringVector> vectors, MergeOptions options)
    {
        if (vectors.Count == 0)
            throw new SteeringException("Merge: no vectors were given. At least one is needed.");
        float[] weights = Weights(options, vectors.Count), densities = Densities(options, vectors.Count);
        var points = VectorArithmetic.CommonPoints([.. vectors]);
        var random = new Random(options.Seed);
        var provenance = VectorArithmetic.CombinedProvenance(vectors, points, "merge", Described(options.Method, weights, densities)) with
        {
            Seed = options.Method == MergeMethod.DareTies ? options.Seed : null,
        };
        return SteeringVector.FromDirections(
            [.. points.Select(point => (point, MergeAt(vectors, point, options.Method, weights, densities, random)))],
            provenance, string.Join(" + ", vectors.Select(v => v.Name)));
    }

    private static Tensor MergeAt(IReadOnlyList<SteeringVector> vectors, HookPoint point, MergeMethod method, float[] weights, float[] densities, Random random)
    {
        double[][] values = [.. vectors.Select((vector, i) =>
        {
            double[] all = [.. vector[point].Values];
            return method switch
            {
                MergeMethod.Ties => Trimmed(all, densities[i], $"{vector.Name} at {point}"),
                MergeMethod.DareTies => Drawn(all, densities[i], random),
                _ => all,
            };
        })];
        double divisor = method == MergeMethod.Linear ? weights.Sum(weight => (double)weight) : 1;
        return Tensor.From([.. Enumerable.Range(0, values[0].Length).Select(i => (float)(
            method is MergeMethod.Sum or MergeMethod.Linear ? Sum(values, weights, i, _ => true) / divisor : Elected(values, weights, i)))]);
    }

    private static double Sum(double[][] values, float[] weights, int coordinate, Func<double, bool> counts)
    {
        double sum = 0;
        for (int i = 0; i < values.Length; i++)
            if (counts(values[i][coordinate]))
                sum += weights[i] * values[i][coordinate];
        return sum;
    }

    // The weighted mean of the values whose sign is that of the weighted sum.
    private static double Elected(double[][] values, float[] weights, int coordinate)
    {
        int sign = Sum(values, weights, coordinate, _ => true) < 0 ? -1 : 1;
        double weight = 0;
        for (int i = 0; i < values.Length; i++)
            if (Math.Sign(values[i][coordinate]) == sign)
                weight += weights[i];
        return weight == 0 ? 0 : Sum(values, weights, coordinate, value => Math.Sign(value) == sign) / weight;
    }

    // Of values of one size the first stay.
    private static double[] Trimmed(double[] values, float density, string what)
    {
        int kept = (int)((double)density * values.Length);
        if (kept == 0)
            throw new SteeringException(string.Create(CultureInfo.InvariantCulture, $"Merge: a density of {density} keeps none of the {values.Length} values of {what}. Give a larger one."));
        foreach (int i in Enumerable.Range(0, values.Length).OrderByDescending(i => Math.Abs(values[i])).Skip(kept))
            values[i] = 0;
        return values;
    }

    private static double[] Drawn(double[] values, float density, Random random)
    {
        double before = values.Sum(Math.Abs);
        double[] drawn = Array.ConvertAll(values, value => random.NextDouble() < density ? value : 0);
        double after = drawn.Sum(Math.Abs);
        return after < LeastSum ? drawn : Array.ConvertAll(drawn, value => value * before / after);
    }

    private static float[] Weights(MergeOptions options, int count)
    {
        float[] weights = options.Weights.IsDefaultOrEmpty ? [.. Enumerable.Repeat(1f, count)] : [.. options.Weights];
        if (weights.Length != count)
            throw new ArgumentException($"Merge: {weights.Length} weights were given for {count} vectors — one for each is needed.", nameof(options));
        bool elects = options.Method is MergeMethod.Ties or MergeMethod.DareTies;
        if (!weights.All(float.IsFinite) || (elects && weights.Any(weight => weight <= 0)))
            throw new ArgumentException($"Merge: the weights are {Listed(weights)} — they must be finite{(elects ? ", and above 0 where signs are elected; scale a vector by −1 to merge its opposite" : "")}.", nameof(options));
        if (options.Method == MergeMethod.Linear && weights.Sum(weight => (double)weight) == 0)
            throw new ArgumentException($"Merge: the weights {Listed(weights)} sum to 0, by which the linear merge divides. Use the sum.", nameof(options));
        return weights;
    }

    private static float[] Densities(MergeOptions options, int count)
    {
        float[] densities = options.Densities.IsDefaultOrEmpty ? [1] : [.. options.Densities];
        if (options.Method is MergeMethod.Sum or MergeMethod.Linear && !options.Densities.IsDefaultOrEmpty)
            throw new ArgumentException("Merge: a density is for ties and DARE; it would have no effect on a sum. Leave it away.", nameof(options));
        if (densities.Length != 1 && densities.Length != count)
            throw new ArgumentException($"Merge: {densities.Length} densities were given for {count} vectors — one for all or one for each is needed.", nameof(options));
        if (densities.Any(density => density is not (> 0 and <= 1)))
            throw new ArgumentException($"Merge: the densities are {Listed(densities)} — each must be above 0 and at most 1.", nameof(options));
        return densities.Length == count ? densities : [.. Enumerable.Repeat(densities[0], count)];
    }

    private static JsonObject Described(MergeMethod method, float[] weights, float[] densities)
    {
        var json = new JsonObject
        {
            ["method"] = Methods.Single(pair => pair.Value == method).Key,
            ["weights"] = DirectionForm.Numbers(weights),
        };
        if (method is MergeMethod.Ties or MergeMethod.DareTies)
            json["densities"] = DirectionForm.Numbers(densities);
        return json;
    }

    private static string Listed(float[] values) => string.Join(", ", values.Select(value => value.ToString(CultureInfo.InvariantCulture)));
}
