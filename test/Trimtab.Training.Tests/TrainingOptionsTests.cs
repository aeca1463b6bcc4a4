using Trimtab.Tensors.Optim;
using Xunit;

namespace Trimtab.Training.Tests;

public sealed class TrainingOptionsTests
{
    [Theory, InlineData(0), InlineData(-1)]
    public void Numbers_of_things_below_one_are_refused(int number)
    {
        Assert.Throws<ArgumentException>(() => new FineTuningOptions { CheckpointEvery = number });
        Assert.Throws<ArgumentException>(() => new FineTuningOptions { PassTokens = number });
        Assert.Throws<ArgumentException>(() => new FineTuningOptions { Epochs = number });
        Assert.Throws<ArgumentException>(() => new FineTuningOptions { BatchSize = number });
        Assert.Contains("at least one", Assert.Throws<ArgumentException>(() => new TrainerOptions { Steps = 1, LearningRate = 1, CheckpointEvery = number }).Message, StringComparison.Ordinal);
    }

    [Theory, InlineData(-0.1), InlineData(double.NaN), InlineData(double.PositiveInfinity)]
    public void Numbers_that_mean_nothing_in_training_are_refused(double number)
    {
        Assert.Throws<ArgumentException>(() => new FineTuningOptions { LearningRate = number });
        Assert.Throws<ArgumentException>(() => new FineTuningOptions { MaxGradientNorm = number });
        Assert.Throws<ArgumentException>(() => new FineTuningOptions { WeightDecay = number });
        Assert.Throws<ArgumentException>(() => new FineTuningOptions { HeldOutShare = number });
        Assert.Throws<ArgumentException>(() => new TrainerOptions { Steps = 1, LearningRate = 1, MaxGradientNorm = number });
        Assert.Throws<ArgumentException>(() => new AdamWOptions { WeightDecay = number });
        Assert.Throws<ArgumentException>(() => new AdamWOptions { Beta1 = number });
        Assert.Throws<ArgumentException>(() => new AdamWOptions { Beta2 = number });
        Assert.Throws<ArgumentException>(() => new AdamWOptions { Epsilon = number });
    }
}
