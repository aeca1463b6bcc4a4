using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Models.Weights;
using Trimtab.Tensors;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Steering.Tests.Vectors;

public sealed class IncrementalVectorTests
{
    [Fact]
    public void Added_after_every_block_of_a_linear_stream_the_increments_add_up_to_the_vector_at_each()
    {
        var model = WithoutBranches(GoldenModel.Of("llama").Model);
        var vector = SteeringVector.FromDirections(
            Enumerable.Range(0, model.LayerCount).Select(layer => (HookPoint.ResidPost(layer), Wave(model.Config.HiddenSize, layer))), Provenance.For(model, "waves"));
        var plain = Streams(model);
        var steered = Streams(model.With(new Intervention([.. vector.HookPoints], Tokens.All, new Add(Direction.Of(vector.Incremental()), Strength.Raw(2)))));
        foreach (var point in vector.HookPoints)
            for (int row = 0; row < plain[point].RowCount; row++)
                for (int i = 0; i < vector.Dimension; i++)
                    Assert.Equal(2 * vector[point][i], steered[point].Row(row)[i] - plain[point].Row(row)[i], 1e-5f);
    }

    [Fact]
    public void A_layer_without_a_direction_is_stepped_over_and_other_points_are_left_away()
    {
        var vector = SteeringVector.FromDirections([(HookPoint.Embed, SomeVector.Direction(9)), (HookPoint.ResidPost(0), SomeVector.Direction(0)), (HookPoint.ResidPost(2), SomeVector.Direction(2))], SomeVector.Provenance);
        var increments = vector.Incremental();
        Assert.Equal([HookPoint.ResidPost(0), HookPoint.ResidPost(2)], increments.HookPoints);
        Near.Identical(SomeVector.Values(0), increments[HookPoint.ResidPost(0)].Values, "the first");
        Near.Identical([20, 20, 20, 20], increments[HookPoint.ResidPost(2)].Values, "the next");
    }

    [Fact]
    public void The_record_says_what_was_done_and_a_fraction_of_the_norm_is_refused()
    {
        var increments = SomeVector.OfLayers(0, 1).Incremental();
        Assert.Equal(["increments from block to block"], increments.Provenance.Steps);
        Assert.Equal(SomeVector.Provenance.Method, increments.Provenance.Method);
        Assert.Contains("Give a raw strength", Assert.Throws<SteeringException>(() => Direction.Of(increments).MeanNormAt(HookPoint.ResidPost(1))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_vector_without_outputs_of_blocks_has_no_increments()
    {
        var vector = SteeringVector.FromDirections([(HookPoint.FinalNorm, SomeVector.Direction(1))], SomeVector.Provenance, "norms");
        Assert.Contains("norms has no direction at the output of a block, only at final_norm", Assert.Throws<SteeringException>(() => vector.Incremental()).Message, StringComparison.Ordinal);
    }

    // Nothing is added by attention and feed-forward, so that the stream carries every shift on as it is.
    private static LoadedModel WithoutBranches(LoadedModel model)
    {
        var weights = TrainedWeights.Of(model);
        foreach (var parameter in weights.Parameters.Where(p => p.Name.EndsWith("o_proj.weight", StringComparison.Ordinal) || p.Name.EndsWith("down_proj.weight", StringComparison.Ordinal)))
            parameter.Value.Values.Clear();
        return model.With(weights);
    }

    private static Tensor Wave(int size, int layer) => Tensor.From([.. Enumerable.Range(0, size).Select(i => MathF.Sin(i + 3 * layer * layer))]);

    private static ActivationCapture Streams(LoadedModel model)
    {
        var capture = new ActivationCapture(Enumerable.Range(0, model.LayerCount).Select(HookPoint.ResidPost));
        using var run = new ModelRun(model, [new Sequence([5, 6, 7], steering: model.Steering)], [capture]);
        run.Forward(LogitRows.None);
        return capture;
    }
}
