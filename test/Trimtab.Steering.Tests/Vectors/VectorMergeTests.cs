using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Steering.Tests.Vectors;

public sealed class VectorMergeTests
{
    [Fact]
    public void A_sum_and_a_linear_merge_differ_by_the_sum_of_the_weights()
    {
        SteeringVector[] vectors = [Of(1, 2, -3, 0), Of(3, 0, 1, 5)];
        Near.Identical([5, 4, -5, 5], Merge(new() { Method = MergeMethod.Sum, Weights = [2, 1] }, vectors), "2a + b");
        Near.Equal([5 / 3f, 4 / 3f, -5 / 3f, 5 / 3f], Merge(new() { Method = MergeMethod.Linear, Weights = [2, 1] }, vectors), 1e-7f, "(2a + b)/3");
    }

    [Theory, InlineData(1f, 1f), InlineData(0.3f, 2.7f)]
    public void A_ties_merge_of_identical_vectors_returns_the_vector(float first, float second)
    {
        var v = SomeVector.OfLayers(0);
        Near.Identical(v[HookPoint.ResidPost(0)].Values, Merge(new() { Method = MergeMethod.Ties, Weights = [first, second] }, v, v), "the vector");
    }

    [Fact]
    public void A_ties_merge_of_a_vector_and_its_opposite_is_its_sizes_because_a_zero_sum_counts_as_positive() =>
        Near.Identical([1, 2, 3, 0], Merge(new() { Method = MergeMethod.Ties }, Of(1, -2, 3, 0), Of(-1, 2, -3, 0)), "|v|");

    [Fact]
    public void A_ties_merge_trims_elects_and_averages()
    {
        // Half of each stays: (0, −4, 3, 0), (5, 0, 0, 2), (0, 6, 0, 1). Elected signs: +, + (−4 + 6), +, +.
        var merged = Merge(new() { Method = MergeMethod.Ties, Densities = [0.5f] }, Of(1, -4, 3, -2), Of(5, -1, 1, 2), Of(0.5f, 6, 0.25f, 1));
        Near.Identical([5, 6, 3, 1.5f], merged, "merged");
    }

    [Fact]
    public void Weights_decide_an_election()
    {
        Near.Identical([-4, 0, 0, 0], Merge(new() { Method = MergeMethod.Ties, Weights = [1, 2] }, Of(6, 0, 0, 0), Of(-4, 0, 0, 0)), "the heavier side");
        Near.Identical([6, 0, 0, 0], Merge(new() { Method = MergeMethod.Ties, Weights = [1, 1] }, Of(6, 0, 0, 0), Of(-4, 0, 0, 0)), "the larger side");
    }

    [Fact]
    public void A_drawn_merge_follows_its_seed_and_keeps_the_sum_of_sizes()
    {
        var random = new Random(1);
        var v = SteeringVector.FromDirections([(HookPoint.ResidPost(0), Tensor.From([.. Enumerable.Range(0, 400).Select(_ => (float)random.NextDouble() - 0.5f)]))], SomeVector.Provenance with { HiddenSize = 400 });
        float[] Drawn(int seed) => Merge(new() { Method = MergeMethod.DareTies, Densities = [0.5f], Seed = seed }, v);
        var one = Drawn(1);
        Near.Identical(one, Drawn(1), "the same seed");
        Assert.NotEqual(one, Drawn(2));
        Assert.InRange(one.Count(x => x != 0), 150, 250);
        Assert.Equal(v[HookPoint.ResidPost(0)].Values.ToArray().Sum(Math.Abs), one.Sum(Math.Abs), 1e-3f);
        Near.Identical(v[HookPoint.ResidPost(0)].Values, Merge(new() { Method = MergeMethod.DareTies }, v), "everything kept");
    }

    [Fact]
    public void The_record_says_how_and_of_what()
    {
        SteeringVector[] vectors = [Of(1, 2, 3, 4), Of(4, 3, 2, 1)];
        var ties = VectorMerge.Merge(vectors, new() { Method = MergeMethod.Ties, Weights = [1, 2], Densities = [0.5f, 1] }).Provenance;
        Assert.Equal("merge", ties.Method);
        Assert.Equal("""{"method":"ties","weights":[1,2],"densities":[0.5,1]}""", ties.MethodOptions!.Value.GetRawText());
        Assert.Equal(vectors.Select(v => v.Provenance), ties.Sources);
        Assert.Null(ties.Seed);
        Assert.Equal(9, VectorMerge.Merge(vectors, new() { Method = MergeMethod.DareTies, Seed = 9 }).Provenance.Seed);
    }

    [Fact]
    public void What_cannot_be_merged_is_refused()
    {
        SteeringVector[] two = [Of(1, 2, 3, 4), Of(4, 3, 2, 1)];
        Assert.Contains("3 weights", Refused<ArgumentException>(new() { Weights = [1, 2, 3] }, two), StringComparison.Ordinal);
        Assert.Contains("above 0", Refused<ArgumentException>(new() { Method = MergeMethod.Ties, Weights = [1, -1] }, two), StringComparison.Ordinal);
        Assert.Contains("sum to 0", Refused<ArgumentException>(new() { Weights = [1, -1] }, two), StringComparison.Ordinal);
        Assert.Contains("no effect", Refused<ArgumentException>(new() { Densities = [0.5f] }, two), StringComparison.Ordinal);
        Assert.Contains("at most 1", Refused<ArgumentException>(new() { Method = MergeMethod.Ties, Densities = [1.5f] }, two), StringComparison.Ordinal);
        Assert.Contains("keeps none", Refused<SteeringException>(new() { Method = MergeMethod.Ties, Densities = [0.2f] }, two), StringComparison.Ordinal);
        Assert.Contains("no vectors", Refused<SteeringException>(new()), StringComparison.Ordinal);
    }

    private static SteeringVector Of(params float[] values) => SteeringVector.FromDirections([(HookPoint.ResidPost(0), Tensor.From(values))], SomeVector.Provenance);

    private static float[] Merge(MergeOptions options, params SteeringVector[] vectors) => VectorMerge.Merge(vectors, options)[HookPoint.ResidPost(0)].Values.ToArray();

    private static string Refused<T>(MergeOptions options, params SteeringVector[] vectors) where T : Exception => Assert.Throws<T>(() => VectorMerge.Merge(vectors, options)).Message;
}
