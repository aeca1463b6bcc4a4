using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Steering.Sae;
using Trimtab.Tensors;
using Trimtab.Tensors.Autograd;
using Trimtab.Testing;
using Xunit;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Trimtab.Steering.Tests.Edits;

/// <summary>One edit of each kind over seeded values, and ways to apply them outside a run.</summary>
internal static class SomeEdits
{
    public const int Width = 64;

    public static LoadedModel Model => GoldenModel.Of("llama").Model;

    public static Tensor A { get; } = Rows(1, 1).At(0);

    public static Tensor B { get; } = Rows(2, 1).At(0);

    /// <summary>Every kind, each at a setting that changes most rows.</summary>
    public static IReadOnlyDictionary<string, Edit> All { get; } = new Dictionary<string, Edit>
    {
        ["add"] = new Add(Direction.Of(A), Strength.Raw(0.7f)),
        ["ablate"] = new Ablate(Direction.Of(A), 0.6f),
        ["norm-preserving-add"] = new NormPreservingAdd(Direction.Of(A), Strength.Raw(0.7f)),
        ["clamp-projection"] = new ClampProjection(Direction.Of(A), Strength.Raw(-0.3f), Strength.Raw(0.2f)),
        ["rotate"] = new Rotate(Direction.Of(A), Direction.Of(B), 25),
        ["low-rank"] = new LowRank(Orthonormal(3), Rows(4, 3), Rows(5, 1).At(0).Slice(0, 3).Keep()),
    };

    /// <summary>Values −1 … 1 of a seed.</summary>
    public static Tensor Rows(int seed, int count)
    {
        var random = new Random(seed);
        return Tensor.From([.. Enumerable.Range(0, count * Width).Select(_ => (float)(2 * random.NextDouble() - 1))], count, Width);
    }

    /// <summary>Orthonormal rows, by Gram–Schmidt over seeded ones.</summary>
    public static Tensor Orthonormal(int count)
    {
        var rows = Rows(6, count);
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < i; j++)
                TensorPrimitives.MultiplyAdd(rows.Row(j), -TensorPrimitives.Dot<float>(rows.Row(i), rows.Row(j)), rows.Row(i), rows.Row(i));
            TensorPrimitives.Divide(rows.Row(i), TensorPrimitives.Norm<float>(rows.Row(i)), rows.Row(i));
        }
        return rows;
    }

    public static IRowEdit Compiled(Edit edit) => SteeringPlan.Of(new Intervention(HookPoint.ResidPost(1), edit)).Compile(Model).Edits[0];

    public static Tensor Apply(Edit edit, Tensor rows) => Compiled(edit).Apply(rows);

    public static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += (double)a[i] * b[i];
        return sum;
    }

    public static double Length(ReadOnlySpan<float> a) => Math.Sqrt(Dot(a, a));

    /// <summary>A small Top-k autoencoder of seeded numbers, at the output of block 1.</summary>
    public static SparseAutoencoder SmallSae(int latents) => new(
        new SaeWeights(Rows(21, latents), Tensor.From([.. Rows(22, 1).Values[..latents]]), Rows(23, latents), Rows(24, 1).At(0)), new TopK(5)) { CentresInput = true, Origin = new SaeOrigin { At = HookPoint.ResidPost(1) } };

    /// <summary>Holds an edit's gradient against central differences of a weighted sum of what comes out, at every so manyth value of some rows.</summary>
    public static void GradientEqualsDifference(IRowEdit edit, Tensor rows, Tensor weights, int stride)
    {
        var x = new Parameter("x", rows);
        double Weighted() => Dot(edit.Apply(x.Value).Values, weights.Values);
        edit.Apply(x.Value).Backward(weights);
        for (int i = 0; i < x.Value.Count; i += stride)
        {
            float kept = x.Value.Values[i], step = 1e-2f;
            x.Value.Values[i] = kept + step;
            double above = Weighted();
            x.Value.Values[i] = kept - step;
            double below = Weighted();
            x.Value.Values[i] = kept;
            Assert.Equal((above - below) / (2 * step), x.Gradient.Values[i], 2e-3);
        }
    }
}
