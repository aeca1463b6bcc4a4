using Trimtab.Training.Schedules;
using Xunit;

namespace Trimtab.Training.Tests.Schedules;

public sealed class LearningRateScheduleTests
{
    [Fact]
    public void Linear_rises_and_falls_as_in_transformers() =>
        Equal([0, 0.5, 1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125], new LinearSchedule { WarmUpSteps = 2 });

    // 0.5 · (1 + cos(π · (step − 2) / 8))
    [Fact]
    public void Cosine_rises_and_falls_as_in_transformers() =>
        Equal([0, 0.5, 1, 0.961939766, 0.853553391, 0.691341716, 0.5, 0.308658284, 0.146446609, 0.038060234], new CosineSchedule { WarmUpSteps = 2 });

    [Fact]
    public void Constant_rises_and_stays() => Equal([0, 0.25, 0.5, 0.75, 1, 1, 1, 1, 1, 1], new ConstantSchedule { WarmUpSteps = 4 });

    [Fact]
    public void Stable_stays_and_falls_at_the_end() => Equal([0, 0.5, 1, 1, 1, 1, 1, 0.75, 0.5, 0.25], new StableSchedule { WarmUpSteps = 2, FallShare = 0.5 });

    [Fact]
    public void Stable_is_the_same_for_longer_runs_until_it_falls()
    {
        var schedule = new StableSchedule { WarmUpSteps = 20 };
        Assert.All(Enumerable.Range(0, 180), step => Assert.Equal(schedule.At(step, 220), schedule.At(step, 300)));
        Assert.NotEqual(schedule.At(190, 220), schedule.At(190, 300));
    }

    [Fact]
    public void Without_warm_up_the_first_step_is_made_at_the_full_rate() =>
        Assert.All<LearningRateSchedule>([new ConstantSchedule(), new LinearSchedule(), new CosineSchedule(), new StableSchedule()], schedule => Assert.Equal(1, schedule.At(0, 10)));

    [Fact]
    public void A_share_of_warm_up_is_rounded_up_to_whole_steps()
    {
        var share = new LinearSchedule { WarmUpShare = 0.21 };
        Assert.All(Enumerable.Range(0, 10), step => Assert.Equal(new LinearSchedule { WarmUpSteps = 3 }.At(step, 10), share.At(step, 10)));
    }

    [Fact]
    public void A_cosine_with_a_floor_ends_there()
    {
        var schedule = new CosineSchedule { Floor = 0.1 };
        Assert.Equal(0.1, schedule.At(10, 10), 12);
        Assert.Equal(0.55, schedule.At(5, 10), 12);
    }

    [Fact]
    public void Past_the_end_the_factor_is_that_of_the_end()
    {
        Assert.Equal(0, new LinearSchedule().At(15, 10), 12);
        Assert.Equal(0, new CosineSchedule().At(15, 10), 12);
        Assert.Equal(0, new StableSchedule().At(15, 10), 12);
        Assert.Equal(1, new ConstantSchedule().At(15, 10));
    }

    [Fact]
    public void A_run_that_ends_within_its_warm_up_only_rises() => Equal([0, 0.05, 0.1], new LinearSchedule { WarmUpSteps = 20 }, 3);

    [Fact]
    public void Values_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new LinearSchedule { WarmUpSteps = -1 });
        Assert.Throws<ArgumentException>(() => new LinearSchedule { WarmUpShare = 1.5 });
        Assert.Throws<ArgumentException>(() => new LinearSchedule { WarmUpShare = double.NaN });
        Assert.Throws<ArgumentException>(() => new CosineSchedule { Floor = -0.1 });
        Assert.Throws<ArgumentException>(() => new StableSchedule { FallShare = 0 });
        Assert.Throws<ArgumentException>(() => new LinearSchedule { WarmUpSteps = 1, WarmUpShare = 0.1 });
        Assert.Throws<ArgumentException>(() => new LinearSchedule { WarmUpShare = 0.1, WarmUpSteps = 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new LinearSchedule().At(-1, 10));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LinearSchedule().At(0, 0));
    }

    private static void Equal(double[] expected, LearningRateSchedule schedule, int steps = 10) =>
        Assert.Equal(expected, Enumerable.Range(0, steps).Select(step => Math.Round(schedule.At(step, steps), 9)));
}
