using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Steering.Tests.Vectors;

public sealed class VectorArithmeticTests
{
    [Fact]
    public void A_sum_adds_over_the_common_hook_points()
    {
        var sum = VectorArithmetic.Sum(SomeVector.OfLayers(0, 1), SomeVector.OfLayers(1, 2));
        Assert.Equal([1], sum.Layers);
        Near.Identical([20.5f, 22.5f, 24.5f, 26.5f], sum[HookPoint.ResidPost(1)].Values, "sum");
    }

    [Fact]
    public void A_combination_weighs_its_terms_and_keeps_their_records()
    {
        var (a, b) = (SomeVector.OfLayers(1), SteeringVector.FromDirections([(HookPoint.ResidPost(1), SomeVector.Direction(2))],
            SomeVector.Provenance with { Seed = 8, ResidualNorms = new Dictionary<string, double> { ["blocks.1.resid_post"] = 3.5 } }));
        var mixed = VectorArithmetic.Combine((a, 2), (b, -0.5f));
        Near.Identical([10.375f, 11.875f, 13.375f, 14.875f], mixed[HookPoint.ResidPost(1)].Values, "2a − b/2");
        Assert.Equal([a.Provenance, b.Provenance], mixed.Provenance.Sources);
        Assert.Equal("""{"weights":[2,-0.5]}""", mixed.Provenance.MethodOptions!.Value.GetRawText());
        Assert.Equal((SomeVector.Provenance.ModelFingerprint, 3, 3.0), (mixed.Provenance.ModelFingerprint, mixed.Provenance.LayerCount, mixed.Provenance.ResidualNorms!["blocks.1.resid_post"]));
        Assert.Equal(mixed.Provenance, Provenance.FromJson(mixed.Provenance.ToJson()));
    }

    [Fact]
    public void Cancelling_terms_are_summed_before_they_are_rounded()
    {
        static SteeringVector Of(float value) => SteeringVector.FromDirections([(HookPoint.ResidPost(0), Tensor.From([value, 0, 0, 0]))], SomeVector.Provenance);
        Assert.Equal(1, VectorArithmetic.Sum(Of(1e8f), Of(1), Of(-1e8f))[HookPoint.ResidPost(0)][0]);
    }

    [Fact]
    public void Imports_combine_with_fitted_vectors_but_vectors_of_two_models_do_not()
    {
        var import = SteeringVector.FromDirections([(HookPoint.ResidPost(1), SomeVector.Direction(0))], new Provenance { ImportedFrom = new ImportSource("cast", "x.svec", LayerConvention.BlockOutput) });
        Assert.Equal(SomeVector.Provenance.ModelFingerprint, VectorArithmetic.Sum(SomeVector.OfLayers(1), import).Provenance.ModelFingerprint);
        var other = SteeringVector.FromDirections([(HookPoint.ResidPost(1), SomeVector.Direction(0))], SomeVector.Provenance with { ModelFingerprint = "ffff" });
        Assert.Contains("different weights (0123456789abcdef and ffff)", Refused(() => VectorArithmetic.Sum(SomeVector.OfLayers(1), other)), StringComparison.Ordinal);
    }

    [Fact]
    public void Vectors_without_a_common_hook_point_or_size_are_refused()
    {
        Assert.Contains("no hook point in common", Refused(() => VectorArithmetic.Sum(SomeVector.OfLayers(0), SomeVector.OfLayers(1))), StringComparison.Ordinal);
        var wide = SteeringVector.FromDirections([(HookPoint.ResidPost(0), SomeVector.Direction(0, 5))], SomeVector.Provenance with { HiddenSize = 5 });
        Assert.Contains("of 4 values", Refused(() => VectorArithmetic.Sum(SomeVector.OfLayers(0), wide)), StringComparison.Ordinal);
        Assert.Contains("no vectors", Refused(() => VectorArithmetic.Sum()), StringComparison.Ordinal);
    }

    [Fact]
    public void Cosines_are_one_for_the_same_direction_minus_one_for_its_opposite_and_zero_for_a_right_angle()
    {
        var a = SteeringVector.FromDirections([(HookPoint.ResidPost(0), Tensor.From([3, 4, 0, 0])), (HookPoint.ResidPost(1), Tensor.From([3, 4, 0, 0])), (HookPoint.ResidPost(2), Tensor.From([3, 4, 0, 0]))], SomeVector.Provenance);
        var b = SteeringVector.FromDirections([(HookPoint.ResidPost(0), Tensor.From([6, 8, 0, 0])), (HookPoint.ResidPost(1), Tensor.From([-3, -4, 0, 0])), (HookPoint.ResidPost(2), Tensor.From([4, -3, 0, 5]))], SomeVector.Provenance);
        var cosines = VectorArithmetic.Cosines(a, b);
        Assert.Equal([HookPoint.ResidPost(0), HookPoint.ResidPost(1), HookPoint.ResidPost(2)], cosines.Select(c => c.Point));
        Assert.Equal([1.0, -1, 0], cosines.Select(c => c.Cosine));
    }

    [Fact]
    public void A_zero_direction_has_no_angle()
    {
        var zero = SteeringVector.FromDirections([(HookPoint.ResidPost(0), Tensor.Zeros(new Shape(4)))], SomeVector.Provenance, "nothing");
        Assert.Contains("nothing is zero", Refused(() => VectorArithmetic.Cosines(SomeVector.OfLayers(0), zero)), StringComparison.Ordinal);
    }

    private static string Refused(Func<object> action) => Assert.Throws<SteeringException>(action).Message;
}
