using System.Numerics.Tensors;
using Trimtab.Models.Hooks;
using Trimtab.Models.Tests.Hooks;
using Trimtab.Models.Weights;
using Trimtab.Tensors.Autograd;
using Trimtab.Tensors.Ops;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Models.Tests.Gradients;

/// <summary>The gradient of every weight of every architecture against the loss itself, a little further along that gradient and a little behind.</summary>
public sealed class ArchitectureGradientTests
{
    // A loss of about 6 is known to 1e-6. Weights whose step would change it by less than a hundredfold of that say nothing, and are the exception.
    private const double LeastChange = 1e-4;

    // The difference over a step that changes the loss by a hundredth misses the slope by what the loss bends: some hundredths at the most, where a wrong formula misses it by its whole size.
    private const double Tolerance = 0.06;

    public static TheoryNames Models => GoldenModel.Names;

    [Theory, MemberData(nameof(Models))]
    public void Loss_changes_along_the_gradient_of_each_weight_as_it_says(string name) => LossFollowsGradients(GoldenModel.Of(name), steering: null);

    [Theory, InlineData("llama"), InlineData("gemma2"), InlineData("qwen2"), InlineData("gpt2")]
    public void It_does_so_where_attention_patterns_are_edited(string name)
    {
        var golden = GoldenModel.Of(name);
        TestEdit Squared(int layer) => new(new HookPoint(Site.AttnPattern, layer), "square", rows => rows.Multiply(rows));
        LossFollowsGradients(golden, new TestSteering([.. Enumerable.Range(0, golden.Model.LayerCount).Select(Squared)]));
    }

    private static void LossFollowsGradients(GoldenModel golden, TestSteering? steering)
    {
        var weights = TrainedWeights.Of(golden.Model);
        // Where experts are chosen a step must be so short, and a text, that no choice turns over on the way.
        bool hasExperts = golden.Model.HookPoints.Any(point => point.Site == Site.RouterLogits);
        var text = LossText.Whole(golden.Ids(hasExperts ? "seqA.input_ids" : "seqB.input_ids"));
        double change = hasExperts ? 1e-3 : 1e-2;
        var trained = golden.Model.With(weights);
        using var run = new LossRun(steering is null ? trained : trained.With(steering));
        run.Loss([text], 1f / text.LossCount).Backward();
        int told = 0;
        foreach (var parameter in weights.Parameters)
            told += Check(parameter, change, () => run.Loss([text], 1f / text.LossCount).Values[0]) ? 1 : 0;
        // Experts that no token of the text chose have no gradient.
        Assert.True(told > weights.Parameters.Count / 2, $"{told} of {weights.Parameters.Count} weights have a gradient to speak of.");
    }

    private static bool Check(Parameter parameter, double change, Func<float> loss)
    {
        float[] before = parameter.Value.Values.ToArray(), gradient = parameter.Gradient.Values.ToArray();
        double slope = TensorPrimitives.Norm<float>(gradient), size = TensorPrimitives.Norm<float>(before);
        double step = Math.Min(change / slope, 0.02 * size);
        if (!(step * slope > LeastChange))
            return false;
        double ahead = LossAt(parameter, before, gradient, step / slope, loss), behind = LossAt(parameter, before, gradient, -step / slope, loss);
        before.CopyTo(parameter.Value.Values);
        Assert.True(Math.Abs((ahead - behind) / (2 * step) / slope - 1) < Tolerance, $"{parameter.Name}: the slope is {slope}, the difference {(ahead - behind) / (2 * step)}.");
        return true;
    }

    private static double LossAt(Parameter parameter, float[] before, float[] gradient, double distance, Func<float> loss)
    {
        TensorPrimitives.MultiplyAdd(gradient, (float)distance, before, parameter.Value.Values);
        return loss();
    }
}
