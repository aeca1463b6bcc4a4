using Trimtab.Models.Generation;
using Trimtab.Models.Hooks;
using Trimtab.Models.Tests.Invariants;
using Trimtab.Tensors;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Models.Tests.Generation;

public sealed class KvCacheTests
{
    [Theory, InlineData("llama"), InlineData("gemma3_text"), InlineData("deepseek_v3")]
    public void A_half_precision_cache_takes_half_the_memory_and_stays_near_the_exact_logits(string name)
    {
        var model = GoldenModel.Of(name).Model;
        int[] text = Runs.LongText(model);
        float[] exact = Runs.LastLogits(model, text);
        using KvCache single = new(model.LayerCount), half = new(model.LayerCount, type: DType.F16);
        LastLogits(model, text, single, 512);
        float[] rounded = LastLogits(model, text, half, 512);
        Assert.Equal(single.ByteCount, 2 * half.ByteCount);
        // Rounding moves every key and value by up to 2^-11 of itself. It must show, and must not amount to more than some hundredths of the spread of the logits.
        double difference = exact.Zip(rounded, (a, b) => Math.Abs(a - b)).Max(), spread = exact.Max() - exact.Min();
        Assert.InRange(difference, double.Epsilon, 0.03 * spread);
    }

    [Fact]
    public void A_half_precision_cache_gives_the_same_bits_in_chunks_and_in_steps()
    {
        var model = GoldenModel.Of("qwen2").Model;
        int[] text = Runs.LongText(model);
        using KvCache whole = new(model.LayerCount, type: DType.F16), pieces = new(model.LayerCount, 1, DType.F16);
        Near.Identical(LastLogits(model, text, whole, 512), LastLogits(model, text, pieces, 7), "logits in chunks of 7");
    }

    [Fact]
    public void A_cache_in_another_element_type_is_refused()
    {
        var failure = Assert.Throws<TensorException>(() => new KvCache(2, type: DType.Q8_0));
        Assert.Contains("Q8_0", failure.Message, StringComparison.Ordinal);
    }

    private static float[] LastLogits(LoadedModel model, int[] text, KvCache cache, int chunk)
    {
        using var run = new ModelRun(model, [new Sequence(text) { Cache = cache }]) { ChunkSize = chunk };
        return run.Forward(LogitRows.Last)!.Values.ToArray();
    }
}
