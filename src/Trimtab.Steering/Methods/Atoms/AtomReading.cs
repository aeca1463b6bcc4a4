using System.Numerics.Tensors;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Steering.Sae;
using Trimtab.Tensors;

namespace Trimtab.Steering;

/// <summary>What methods on a sparse autoencoder read from contrasting answers, and how a vector is made of it.</summary>
/// <param name="At">Where the autoencoder reads, and the vector steers.</param>
/// <param name="Latents">The answers as the autoencoder sees them.</param>
/// <param name="Provenance">The model, the method, the data and the length of the rows.</param>
internal sealed record AtomReading(HookPoint At, AnswerLatents Latents, Provenance Provenance)
{
    /// <summary>Reads both answers of every pair in which there is something to read.</summary>
    /// <exception cref="SteeringException">The hook point is not known, the autoencoder does not fit it, it is a transcoder, or no pair has answers to read.</exception>
    public static AtomReading Of(ISteeringMethod method, LoadedModel model, SparseAutoencoder sae, string? at, ContrastSet data, PromptForm form, IProgress<int>? progress, CancellationToken cancellation)
    {
        sae.RequireAutoencoder($"Method {SteeringMethods.NameOf(method)}");
        var point = sae.RequireFit(model, at is null ? null : HookPoint.Parse(at));
        var latents = new AnswerLatents(sae, point);
        var (readable, examples) = data.Readable(model, form, TokenRule.AnswerMean);
        latents.Read(model, examples, progress, cancellation);
        var norms = new Dictionary<string, double> { [point.ToString()] = latents.MeanNorm };
        return new AtomReading(point, latents, FitProvenance.Of(method, model, readable, TokenRule.AnswerMean, norms));
    }

    /// <summary>v · ‖v_CAA‖/‖v‖: a direction as long as the mean difference, so that strengths of both compare.</summary>
    /// <exception cref="SteeringException">The direction is zero.</exception>
    public SteeringVector AsLongAsMeanDifference(double[] direction)
    {
        double length = Math.Sqrt(direction.Sum(value => value * value)), wanted = TensorPrimitives.Norm<float>(Latents.MeanDifference.Values);
        if (length < 1e-8)
            throw NothingKept();
        return Vector(Array.ConvertAll(direction, value => (float)(value * wanted / length)));
    }

    /// <summary>What is said where no latent is left to make a direction of.</summary>
    public static SteeringException NothingKept() =>
        new("Target atoms: no latent is kept that differs between the answers, so there is nothing to steer by. Keep more of them, give more pairs, or look at the autoencoder with `sae check`.");

    /// <summary>A direction as it is.</summary>
    public SteeringVector Vector(float[] direction) => SteeringVector.FromDirections([(At, Tensor.From(direction))], Provenance);
}
