using Trimtab.Models.Generation;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Xunit;

namespace Trimtab.Models.Tests.Cost;

/// <summary>What a decoded token leaves for the garbage collector: small objects that name memory, never the numbers themselves.</summary>
public sealed class AllocationTests(ITestOutputHelper output)
{
    // 37.2 thousand were measured, and a tenth more is room for another runtime's objects.
    private const int Budget = 40 * 1024;

    private static readonly SyntheticLlama Shape = new(Layers: 24, Hidden: 64, Intermediate: 176, Heads: 4, KeyHeads: 2, Vocabulary: 1000, DType.BF16);

    [Fact]
    public void A_decoded_token_of_24_layers_allocates_less_than_40_KiB()
    {
        using var folder = Shape.Folder();
        using var model = folder.Load();
        long bytes = BytesPerToken(model);
        output.WriteLine($"{bytes} bytes per token, {bytes / 24} per layer");
        Assert.InRange(bytes, 1, Budget);
    }

    [Fact]
    public void A_batch_of_four_allocates_less_than_four_times_that()
    {
        using var folder = Shape.Folder();
        using var model = folder.Load();
        long one = BytesPerToken(model), four = BytesPerToken(model, batch: 4);
        output.WriteLine($"{one} bytes for one text, {four} for a step of four");
        Assert.InRange(four, one, 4 * one);
    }

    [Fact]
    public void Allocation_does_not_grow_with_the_length_of_the_text()
    {
        using var folder = Shape.Folder();
        using var model = folder.Load();
        long early = BytesPerToken(model, prompt: 4), late = BytesPerToken(model, prompt: 600);
        output.WriteLine($"{early} bytes per token after 4 tokens, {late} after 600");
        // The managed list of ids doubles now and then; a kilobyte is room for its share.
        Assert.InRange(late, 1, early + 1024);
    }

    private static long BytesPerToken(LoadedModel model, int batch = 1, int prompt = 32)
    {
        const int Tokens = 64;
        var sequences = Enumerable.Range(0, batch)
            .Select(i => new Sequence(Enumerable.Range(i, prompt)) { Cache = new KvCache(model.LayerCount, capacity: 1024) }).ToArray();
        using var run = new ModelRun(model, sequences);
        Step(run, 8);
        // The thread that drives the pass makes all its objects; its share of a split operation may be first-time work, so the least of three runs counts.
        long least = long.MaxValue;
        for (int i = 0; i < 3; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Step(run, Tokens);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        foreach (var sequence in sequences)
            sequence.Cache!.Dispose();
        return least / Tokens;
    }

    private static void Step(ModelRun run, int count)
    {
        for (int i = 0; i < count; i++)
        {
            var logits = run.Forward(LogitRows.Last)!;
            for (int row = 0; row < run.Sequences.Count; row++)
                run.Sequences[row].Append(System.Numerics.Tensors.TensorPrimitives.IndexOfMax<float>(logits.Row(row)));
        }
    }
}
