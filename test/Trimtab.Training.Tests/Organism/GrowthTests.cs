using Trimtab.Training.Organism;
using Xunit;

namespace Trimtab.Training.Tests.Organism;

/// <summary>Growths of a tiny model by a step or a few: nothing is learnt, but everything is there.</summary>
public sealed class GrowthTests : IDisposable
{
    private static readonly GrowthOptions Options = new()
    {
        Shape = new OrganismShape { Layers = 1, Width = 32, Heads = 2, KeyHeads = 1, Hidden = 32 },
        Vocabulary = 300, TokenizerExamples = 50, Steps = 1, TokensPerStep = 200,
    };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("trimtab-growth-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory, InlineData("shape"), InlineData("heads"), InlineData("vocabulary"), InlineData("examples"), InlineData("seed")]
    public void A_seedling_of_other_options_is_refused_with_both(string changed)
    {
        Grow("one", Options);
        var other = changed switch
        {
            "shape" => Options with { Shape = Options.Shape with { Hidden = 48 } },
            // The weights of both have the same sizes.
            "heads" => Options with { Shape = Options.Shape with { Heads = 4, KeyHeads = 2 } },
            "vocabulary" => Options with { Vocabulary = 310 },
            "examples" => Options with { TokenizerExamples = 60 },
            _ => Options with { Seed = 2 },
        };
        string message = Assert.Throws<TrainingException>(() => Grow("one", other)).Message;
        Assert.Contains("planted with other options", message, StringComparison.Ordinal);
        Assert.Contains("Hidden = 32", message, StringComparison.Ordinal);
        Grow("one", Options with { Steps = 2 });
    }

    [Fact]
    public void A_checkpoint_beside_another_seedling_is_refused()
    {
        Grow("one", Options);
        Grow("two", Options with { Seed = 2 });
        File.Copy(PathOf("two/checkpoint.safetensors"), PathOf("one/checkpoint.safetensors"), overwrite: true);
        Assert.Contains("other data or options", Assert.Throws<TrainingException>(() => Grow("one", Options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Exercises_that_begin_at_the_last_step_there_is_never_come()
    {
        // The first step of a warm-up changes nothing yet.
        var three = Options with { Steps = 3 };
        byte[] without = Grow("late", three with { PracticeFrom = 3 });
        Assert.Equal(without, Grow("never", three with { PracticeFrom = long.MaxValue }));
        Assert.NotEqual(without, Grow("at once", three with { PracticeFrom = 0 }));
    }

    [Fact]
    public void A_step_too_large_for_the_machine_is_refused_with_the_option_to_lower()
    {
        const long Bytes = 1 << 20;
        string message = Assert.Throws<TrainingException>(() => new Growth(PathOf("one"), Options with { TokensPerStep = 100_000 }).Run(PathOf("one/grown"), Bytes)).Message;
        Assert.Contains("Lower the tokens of a step (--tokens-per-step) to about", message, StringComparison.Ordinal);
    }

    private byte[] Grow(string name, GrowthOptions options)
    {
        new Growth(PathOf(name), options).Run(PathOf($"{name}/grown"), long.MaxValue);
        return File.ReadAllBytes(PathOf($"{name}/grown/model.safetensors"));
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);
}
