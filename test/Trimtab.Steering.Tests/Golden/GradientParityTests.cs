using Trimtab.Models;
using Trimtab.Models.Adapters;
using Trimtab.Models.Hooks;
using Trimtab.Models.Weights;
using Trimtab.Tensors;
using Trimtab.Tensors.Autograd;
using Trimtab.Tensors.Optim;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Steering.Tests.Golden;

/// <summary>Losses, gradients and optimiser steps against the reference implementation.</summary>
public sealed class GradientParityTests
{
    // Of each tensor's largest value. Single against double precision differ by 1e-5 of it in the reference itself.
    private const float GradientTolerance = 1e-4f;
    private const float LossTolerance = 1e-5f;

    public static TheoryNames Models { get; } = new(["llama", "gemma2", "qwen2"]);

    [Theory, MemberData(nameof(Models))]
    public void The_gradient_of_every_weight_equals_the_reference(string name)
    {
        var golden = GoldenModel.Of(name);
        var weights = TrainedWeights.Of(golden.Model);
        CheckLoss(golden, "loss", golden.Model.With(weights));
        Assert.All(weights.Parameters, parameter => Assert.True(golden.Has($"grad.{parameter.Name}"), parameter.Name));
        foreach (var parameter in weights.Parameters)
            CheckGradient(golden, $"grad.{parameter.Name}", parameter.Gradient);
    }

    [Theory, MemberData(nameof(Models))]
    public void Under_steering_the_gradients_of_weights_and_vector_equal_the_reference(string name)
    {
        var golden = GoldenModel.Of(name);
        var weights = TrainedWeights.Of(golden.Model);
        var v = new Parameter("v", golden.Reference("steer.v").Keep());
        CheckLoss(golden, "steer_all.loss", Steered(golden.Model.With(weights), v.Value));
        CheckGradient(golden, "steer_all.grad_v", v.Gradient);
        var named = golden.TensorNames.Where(tensor => tensor.StartsWith("steer_all.grad.", StringComparison.Ordinal)).ToList();
        Assert.Equal(3, named.Count);
        foreach (string tensor in named)
            CheckGradient(golden, tensor, weights.Parameters.Single(parameter => tensor.EndsWith($".grad.{parameter.Name}", StringComparison.Ordinal)).Gradient);
    }

    [Theory, MemberData(nameof(Models))]
    public void A_vector_gets_its_gradient_through_frozen_packed_weights(string name)
    {
        var golden = GoldenModel.Of(name);
        var v = new Parameter("v", golden.Reference("steer.v").Keep());
        CheckLoss(golden, "steer_all.loss", Steered(golden.Model, v.Value));
        CheckGradient(golden, "steer_all.grad_v", v.Gradient);
    }

    [Theory, InlineData("lora"), InlineData("lora_steer")]
    public void An_adapter_gives_the_logits_and_gradients_of_the_reference(string prefix)
    {
        var golden = GoldenModel.Of("llama");
        var adapter = LoraAdapter.Load(Path.Combine(golden.Folder, "lora")).Trained();
        var model = WithAdapter(golden, adapter, prefix);
        if (golden.Has($"{prefix}.seqB.logits"))
            CheckLogits(golden, prefix, model);
        CheckLoss(golden, $"{prefix}.loss", model);
        Assert.Equal(4 * 7 * 2, adapter.Parameters.Count);
        foreach (var parameter in adapter.Parameters)
            CheckGradient(golden, $"{prefix}.grad.{parameter.Name}", parameter.Gradient);
    }

    [Theory, InlineData("lora"), InlineData("lora_steer")]
    public void Five_steps_of_AdamW_lead_where_the_reference_went(string prefix)
    {
        var golden = GoldenModel.Of("llama");
        var adapter = LoraAdapter.Load(Path.Combine(golden.Folder, "lora")).Trained();
        var model = WithAdapter(golden, adapter, prefix);
        var optimiser = new AdamW(adapter.Parameters);
        var losses = golden.Reference($"{prefix}.adamw.losses").Values.ToArray();
        for (int step = 0; step < 5; step++)
        {
            Assert.Equal(losses[step], Backward(golden, model), LossTolerance);
            optimiser.Step(learningRate: 1e-3);
            if (step is 0 or 4)
                CheckStep(golden, $"{prefix}.adamw.step{step + 1}", adapter.Parameters);
            foreach (var parameter in adapter.Parameters)
                parameter.ClearGradient();
        }
        Assert.Equal(losses[5], Backward(golden, model), LossTolerance);
    }

    // Adam's first steps move a weight by the learning rate whatever its gradient's size, so that where the gradient is rounding noise (below 1e-5) the step's sign is, too:
    // a handful of the 15,616 values may then lie two rates away.
    private static void CheckStep(GoldenModel golden, string prefix, IReadOnlyList<Parameter> parameters)
    {
        int far = 0, count = 0;
        foreach (var parameter in parameters)
        {
            var expected = golden.Reference($"{prefix}.{parameter.Name}").Values.ToArray();
            var actual = parameter.Value.Values.ToArray();
            for (int i = 0; i < expected.Length; i++, count++)
            {
                double difference = Math.Abs(expected[i] - actual[i]);
                Assert.True(difference <= 2e-3, $"{prefix}.{parameter.Name}[{i}] is {actual[i]}, expected {expected[i]}.");
                far += difference > 2e-6 ? 1 : 0;
            }
        }
        Assert.Equal(15616, count);
        Assert.True(far <= 16, $"{prefix}: {far} of {count} values differ by more than 2e-6.");
    }

    private static LoadedModel WithAdapter(GoldenModel golden, LoraAdapter adapter, string prefix)
    {
        var model = golden.Model.With(adapter);
        return prefix == "lora" ? model : Steered(model, golden.Reference("steer.v"));
    }

    private static LoadedModel Steered(LoadedModel model, Tensor v) =>
        model.With(SteeringPlan.Of(new Intervention([HookPoint.ResidPost(1)], Tokens.All, new Add(Direction.Of(v), Strength.Raw(1)))).Compile(model));

    private static void CheckLogits(GoldenModel golden, string prefix, LoadedModel model)
    {
        var sequence = new Sequence(golden.Ids("seqB.input_ids"), steering: model.Steering);
        using var run = new ModelRun(model, [sequence]);
        Near.Equal(golden.Reference($"{prefix}.seqB.logits"), run.Forward(LogitRows.All)!, 1e-4f, $"{prefix}.seqB.logits");
    }

    private static void CheckLoss(GoldenModel golden, string name, LoadedModel model) =>
        Assert.Equal(golden.Reference(name).Values[0], Backward(golden, model), LossTolerance);

    private static float Backward(GoldenModel golden, LoadedModel model)
    {
        using var run = new LossRun(model);
        var text = LossText.Whole(golden.Ids("seqB.input_ids"));
        var loss = run.Loss([text], 1f / text.LossCount);
        float value = loss.Values[0];
        loss.Backward();
        return value;
    }

    private static void CheckGradient(GoldenModel golden, string name, Tensor gradient)
    {
        var expected = golden.Reference(name);
        float largest = MathF.Abs(System.Numerics.Tensors.TensorPrimitives.MaxMagnitude<float>(expected.Values));
        Near.Equal(expected, gradient, GradientTolerance * largest, name);
    }
}
