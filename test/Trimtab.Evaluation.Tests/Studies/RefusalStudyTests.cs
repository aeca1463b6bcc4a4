using Trimtab.Evaluation.Judges;
using Trimtab.Evaluation.Reports;
using Trimtab.Evaluation.Studies;
using Trimtab.Models;
using Trimtab.Models.Hooks;
using Trimtab.Organism;
using Trimtab.Steering;
using Trimtab.Steering.Sae;
using Trimtab.Tensors;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Evaluation.Tests.Studies;

/// <summary>What a study of refusal fits, tries and examines, on the embedded organism and its autoencoder: which arms there are, not what they do.</summary>
public sealed class RefusalStudyTests
{
    private const int Latents = 24;

    private static readonly RefusalStudyOptions Small = new()
    {
        Pairs = 10, FewPairs = [5], Strengths = [0.2f], Clamps = [0.5f, 1], Candidates = 3, Controls = 2, Development = 4, Exam = 2, Facts = 4, LeastCoherence = 0, GeneratedPrompt = "Refuse what harms people.",
    };

    [Fact]
    public void Every_method_is_tried_and_examined_beside_prompts_and_unrelated_latents()
    {
        using var model = ModelLoader.Load(Path.Combine(Repository.Root, "models", "pip"));
        var (world, told) = (World.Create(1), new List<string>());
        using var sae = SparseAutoencoder.Load(Path.Combine(Repository.Root, "models", "pip-sae"));
        var study = new RefusalStudy(model, sae, world, Instruments.For(world), Small).Run(new Listing(told));
        string[] directions = ["mean difference", "target atoms", "target atoms, by amplitude", "target atoms, by frequency", "all latents", "single latent", "single latent, by its largest activation", "prompt vector", "random direction"];
        Assert.Equal(directions, study.Curves.Select(point => point.Method).Distinct());
        Assert.Equal([-1, -0.5f, 0.5f, 1], study.Curves.Where(point => point.Method == "single latent, by its largest activation").Select(point => point.Strength).Order());
        Assert.Equal(["prompt", "generated prompt"], study.Prompts.Select(prompt => prompt.Name));
        Assert.Equal(3, study.Latents.Count);
        Assert.Equal(["unsteered", "prompt", "generated prompt", .. directions, "clamp"], study.Arms.Take(4 + directions.Length).Select(arm => arm.Name));
        Assert.EndsWith("× its largest activation", study.Arm("single latent, by its largest activation")!.Setting, StringComparison.Ordinal);
        Assert.NotNull(study.Arm("clamp under a condition"));
        Assert.Equal(model.LayerCount, study.Layers.Count);
        Assert.All(study.Claims, claim => Assert.Contains(claim.Statement, study.ToMarkdown(), StringComparison.Ordinal));
        Assert.Equal(study.Arms.Select(arm => $"exam: {arm.Name}"), told.Where(step => step.StartsWith("exam", StringComparison.Ordinal)));
    }

    [Fact]
    public void Latents_that_were_tried_for_refusal_are_no_controls()
    {
        RankedLatent Of(int latent, double there, double elsewhere) => new(latent, there, elsewhere, 1, 2);
        RankedLatent[] ranked = [Of(0, 1, 0), Of(1, 0.5, 0.45), Of(2, 0.6, 0.55), Of(3, 0.3, 0.3), Of(4, 0.2, 0.25), Of(5, 0.1, 0.4)];
        Assert.Equal([3, 4], RefusalStudy.Unrelated(ranked, ranked.Take(3), ranked[1], count: 3, seed: 1).Select(latent => latent.Latent).Order());
        Assert.Single(RefusalStudy.Unrelated(ranked, ranked.Take(3), ranked[1], count: 1, seed: 1));
        Assert.Empty(RefusalStudy.Unrelated(ranked, ranked, ranked[0], count: 3, seed: 1));
    }

    [Fact]
    public void An_autoencoder_that_never_fires_is_refused_before_anything_is_asked()
    {
        using var model = ModelLoader.Load(Path.Combine(Repository.Root, "models", "pip"));
        var (world, told) = (World.Create(1), new List<string>());
        using var sae = Silent(model);
        var error = Assert.Throws<SteeringException>(() => new RefusalStudy(model, sae, world, Instruments.For(world), Small).Run(new Listing(told)));
        Assert.Contains("no latent of silent fires where refusals begin", error.Message, StringComparison.Ordinal);
        Assert.Empty(told);
    }

    private static SparseAutoencoder Silent(LoadedModel model)
    {
        int width = model.Config.HiddenSize;
        var random = new Random(5);
        Tensor Draw(Shape shape, float scale)
        {
            var tensor = Tensor.Zeros(shape);
            foreach (ref float value in tensor.Values)
                value = scale * (random.NextSingle() - 0.5f);
            return tensor;
        }
        var biases = Tensor.Zeros(new Shape(Latents));
        biases.Values.Fill(-1e6f);
        var weights = new SaeWeights(Draw(new Shape(Latents, width), 1), biases, Draw(new Shape(Latents, width), 0.1f), Tensor.Zeros(new Shape(width)));
        return new SparseAutoencoder(weights, new TopK(6)) { Origin = new SaeOrigin { At = HookPoint.ResidPost(3), File = "silent" } };
    }

    private sealed class Listing(List<string> told) : IProgress<string>
    {
        public void Report(string value) => told.Add(value);
    }
}
