using Trimtab.Tensors;
using Trimtab.Tensors.Files;
using Trimtab.Tensors.Optim;
using Trimtab.Testing;
using Trimtab.Training.Sae;
using Xunit;

namespace Trimtab.Training.Tests.Sae;

/// <summary>The Top-k loss with its auxiliary loss, its gradients and three steps of Adam, against EleutherAI sparsify's formulas.</summary>
public sealed class GoldenSaeTests : IDisposable
{
    private static readonly (string Ours, string Theirs)[] Names = [("encoder", "encoder.weight"), ("encoder_bias", "encoder.bias"), ("decoder", "W_dec"), ("decoder_bias", "b_dec")];

    private readonly SafetensorsFile _weights = SafetensorsFile.Open(Path.Combine(Repository.Golden, "sae_topk", "sae.safetensors"));
    private readonly SafetensorsFile _reference = SafetensorsFile.Open(Path.Combine(Repository.Golden, "sae_topk", "reference.safetensors"));

    public void Dispose()
    {
        _weights.Dispose();
        _reference.Dispose();
    }

    [Fact]
    public void Losses_and_gradients_of_TopK_equal_the_reference()
    {
        var (weights, objective, activity) = Golden(auxiliaryWeight: 1.0 / 32);
        var loss = objective.Compute(new SaeBatch(_reference["x"]), activity, 0);
        Assert.Equal([Loss(0), Loss(1), Loss(2)], new[] { loss.Fvu, loss.Auxiliary, loss.Total }, (a, b) => Math.Abs(a - b) < 1e-5 * a);
        Assert.Equal(8, loss.L0);
        Gradients("grad", weights);
    }

    [Fact]
    public void Without_the_auxiliary_loss_dead_latents_get_no_gradient()
    {
        var (weights, objective, activity) = Golden(auxiliaryWeight: 0);
        Assert.Equal(Loss(0), objective.Compute(new SaeBatch(_reference["x"]), activity, 0).Total, 1e-5);
        Gradients("grad_fvu_only", weights);
    }

    [Fact]
    public void Three_steps_of_Adam_with_the_decoder_held_at_length_1_equal_the_reference()
    {
        var (weights, objective, activity) = Golden(auxiliaryWeight: 1.0 / 32);
        var optimiser = new AdamW(weights.Parameters, new AdamWOptions { WeightDecay = 0 });
        for (int step = 0; step < 3; step++)
        {
            foreach (var parameter in weights.Parameters)
                parameter.ClearGradient();
            // The reference holds the same latents dead in every step.
            Kill(activity);
            var loss = objective.Compute(new SaeBatch(_reference["x"]), activity, step);
            Assert.Equal(_reference["train.losses"].Values[step], loss.Total, 1e-5);
            weights.ProjectDecoderGradient();
            if (step == 0)
                Equal("train.grad0_projected.W_dec", weights.GradientOf("decoder"));
            optimiser.Step(2e-3);
            weights.NormaliseDecoder();
        }
        // A first step moves every value by the learning rate whatever its gradient's size: where that is all rounding, so is the step.
        foreach (var (ours, theirs) in Names)
            Near.Equal(_reference[$"train.step3.{theirs}"], Value(weights, ours), 2e-5f, theirs);
    }

    private float Loss(int index) => _reference["losses"].Values[index];

    private void Gradients(string prefix, SaeParameters weights)
    {
        foreach (var (ours, theirs) in Names)
            Equal($"{prefix}.{theirs}", weights.GradientOf(ours));
    }

    private void Equal(string name, Tensor actual)
    {
        float largest = _reference[name].Values.ToArray().Max(MathF.Abs);
        Near.Equal(_reference[name], actual, 1e-5f * largest, name);
    }

    private (SaeParameters, SaeObjective, LatentActivity) Golden(double auxiliaryWeight)
    {
        var weights = new SaeParameters(64, 256, seed: 1);
        foreach (var (ours, theirs) in Names)
            _weights[theirs].CopyTo(Value(weights, ours));
        var activity = new LatentActivity(256, deadAfterRows: 1000);
        Kill(activity);
        return (weights, new TopKRecipe { K = 8, AuxiliaryK = 32, AuxiliaryWeight = auxiliaryWeight }.Objective(weights), activity);
    }

    private void Kill(LatentActivity activity)
    {
        var dead = _reference["dead_mask"].As<byte>();
        for (int latent = 0; latent < dead.Length; latent++)
            activity.RowsSinceFired.Values[latent] = dead[latent] != 0 ? 1000 : 0;
    }

    private static Tensor Value(SaeParameters weights, string name) => weights.Parameters.Single(parameter => parameter.Name == name).Value;
}
