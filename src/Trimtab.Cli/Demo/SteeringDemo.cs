using Trimtab.Models;
using Trimtab.Models.Generation;
using Trimtab.Models.Hooks;
using Trimtab.Models.Text;
using Trimtab.Steering;

namespace Trimtab.Cli.Demo;

/// <summary>One arm of the demonstration.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Strength">The strength, as a fraction of the residual norm.</param>
/// <param name="Mood">Happy minus sad words per hundred.</param>
/// <param name="Distinctness">The share of three-word runs that are not repeated.</param>
/// <param name="Example">The first text.</param>
internal sealed record DemoArm(string Name, float Strength, double Mood, double Distinctness, string Example);

/// <summary>
/// The main job in small: fit a vector to contrasting answers, steer by it at several strengths, and measure, with the unsteered model and a random direction of
/// the same length in the same run.
/// </summary>
internal sealed class SteeringDemo(LoadedModel model, ContrastSet data, int layer, int stories, int tokens)
{
    private static readonly string[] Openings =
    [
        "Once upon a time", "One day,", "There was a little", "Lily and her mom", "Tom saw a", "The boy and the dog", "In a big house,", "A small bird",
    ];

    /// <summary>Runs every arm; <paramref name="progress"/> counts the arms.</summary>
    public IReadOnlyList<DemoArm> Run(IReadOnlyList<float> strengths, IProgress<int> progress, CancellationToken cancellation)
    {
        var vector = new MeanDifference { Form = PromptForm.Raw }.Fit(model, data, null, cancellation);
        var random = vector.RandomLike(seed: 1);
        var arms = new List<DemoArm>();
        foreach (var (name, direction, strength) in strengths.Select(s => (s == 0 ? "unsteered" : "mood vector", vector, s)).Append(("random direction", random, strengths.Max())))
        {
            arms.Add(RunArm(name, direction, strength, cancellation));
            progress.Report(arms.Count);
        }
        return arms;
    }

    private DemoArm RunArm(string name, SteeringVector vector, float strength, CancellationToken cancellation)
    {
        var steering = SteeringPlan.Of(vector.At(layer, Strength.OfNorm(strength))).Compile(model);
        var requests = Enumerable.Range(0, stories).Select(i => new GenerationRequest(model.EncodeText(Openings[i % Openings.Length]),
            model.GenerationDefaults with { Sample = true, TopP = 0.95f, Temperature = 0.8f, MaxTokens = tokens, Seed = i }) { Steering = steering }).ToArray();
        string[] texts = [.. new Generator(model).Generate(requests, cancellation: cancellation).Select(t => t.Text)];
        return new DemoArm(name, strength, Mood.Score(texts), Mood.Distinctness(texts), Openings[0] + texts[0]);
    }
}
