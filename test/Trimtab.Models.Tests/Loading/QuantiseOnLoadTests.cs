using Trimtab.Models.Hooks;
using Trimtab.Models.Tests.Invariants;
using Trimtab.Tensors;
using Trimtab.Tensors.Kernels.Quant;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Models.Tests.Loading;

/// <summary>Weights that are converted while a model is loaded: which are, which are not, and that the model is otherwise the same.</summary>
public sealed class QuantiseOnLoadTests
{
    private static readonly int[] Text = [5, 17, 200, 33, 4, 90, 91, 300, 12, 12, 7];

    [Fact]
    public void A_model_converted_on_load_gives_the_logits_of_one_whose_matrices_were_converted_before()
    {
        using var folder = ModelFolder.OfGolden("llama");
        foreach (var (name, tensor) in folder.Tensors.ToList())
            if (tensor.Shape.Rank == 2 && !name.Contains("embed", StringComparison.Ordinal))
                folder.Tensors[name] = RowEncoder.Quantise(tensor, DType.BF16);
        using var before = folder.Load();
        using var model = Load("llama", DType.BF16);
        Near.Identical(Runs.AllLogits(before, Text), Runs.AllLogits(model, Text), "logits");
        Assert.Empty(model.Quantisation!.Kept);
        Assert.Equal(7 * model.LayerCount + 1, model.Quantisation.ConvertedCount);
    }

    [Fact]
    public void Fewer_bits_lie_further_from_the_model_as_stored()
    {
        using var full = ModelLoader.Load(Folder("llama"));
        double[] divergences = [.. ((DType[])[DType.F16, DType.Q8_0, DType.Q4_0]).Select(type =>
        {
            using var model = Load("llama", type);
            return ModelComparison.Of(full, model, [Text]).MeanDivergence;
        })];
        Assert.True(divergences[0] > 0 && divergences[1] > divergences[0] && divergences[2] > divergences[1], string.Join(" < ", divergences));
    }

    [Theory]
    [InlineData("mixtral", "model.layers.0.block_sparse_moe.gate.weight")]
    [InlineData("qwen2_moe", "model.layers.0.mlp.gate.weight")]
    [InlineData("qwen2_moe", "model.layers.0.mlp.shared_expert_gate.weight")]
    [InlineData("qwen3_moe", "model.layers.0.mlp.gate.weight")]
    [InlineData("olmoe", "model.layers.0.mlp.gate.weight")]
    [InlineData("deepseek_v3", "model.layers.1.mlp.gate.weight")]
    public void Routers_stay_as_stored(string golden, string router)
    {
        using var model = Load(golden, DType.BF16);
        Assert.Contains(model.Quantisation!.Kept, weight => weight.Name == router && weight.Reason.Contains("experts", StringComparison.Ordinal));
        Assert.DoesNotContain(model.Quantisation.Kept, weight => weight.Name.Contains("_proj", StringComparison.Ordinal));
    }

    [Fact]
    public void Rows_that_are_not_whole_blocks_stay_as_stored_and_are_named()
    {
        using var model = Load("llama", DType.Q8_0);
        // Hidden rows of 64 values are two blocks; the feed-forward's 112 are three and a half.
        Assert.Equal(model.LayerCount, model.Quantisation!.Kept.Count);
        Assert.All(model.Quantisation.Kept, weight => Assert.EndsWith("mlp.down_proj.weight", weight.Name, StringComparison.Ordinal));
        string note = Assert.Single(model.Quantisation.Notes);
        Assert.Contains("112", note, StringComparison.Ordinal);
        Assert.Contains("model.layers.0.mlp.down_proj.weight", note, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_no_row_is_whole_blocks_nothing_changes()
    {
        using var model = Load("llama", DType.Q4_K);
        Assert.Equal(0, model.Quantisation!.ConvertedCount);
        Near.Identical(Runs.AllLogits(GoldenModel.Of("llama").Model, Text), Runs.AllLogits(model, Text), "logits");
    }

    [Fact]
    public void The_fingerprint_is_that_of_the_files_and_the_embedding_stays_as_stored()
    {
        using var model = Load("llama", DType.Q4_0);
        var golden = GoldenModel.Of("llama").Model;
        Assert.Equal(golden.Fingerprint, model.Fingerprint);
        Assert.Null(golden.Quantisation);
        Near.Identical(Embedded(golden), Embedded(model), "embed");
    }

    [Fact]
    public void Loading_packs_nothing()
    {
        using var model = Load("llama", DType.Q8_0);
        Assert.Equal(0, model.Packing.ByteCount);
        Runs.LastLogits(model, Text);
        Assert.NotEqual(0, model.Packing.ByteCount);
    }

    [Theory]
    [InlineData(DType.Q8_0)]
    [InlineData(DType.Q4_0)]
    public void A_text_gives_the_same_bits_alone_and_in_a_batch(DType type)
    {
        using var model = Load("llama", type);
        int[] other = [.. Text.Reverse()];
        using var run = new ModelRun(model, [new Sequence(Text), new Sequence(other)]);
        float[] together = run.Forward(LogitRows.All)!.Values.ToArray();
        Near.Identical([.. Runs.AllLogits(model, Text), .. Runs.AllLogits(model, other)], together, "logits");
    }

    [Theory]
    [InlineData(DType.F32)]
    [InlineData(DType.Q6_K)]
    [InlineData(DType.I8)]
    public void Other_types_are_refused(DType type) => Assert.Throws<ArgumentException>(() => new LoadOptions { Quantise = type });

    private static LoadedModel Load(string golden, DType type) => ModelLoader.Load(Folder(golden), new LoadOptions { Quantise = type });

    private static string Folder(string golden) => Path.Combine(Repository.Golden, golden);

    private static float[] Embedded(LoadedModel model)
    {
        var capture = new ActivationCapture([HookPoint.Embed]);
        using var run = new ModelRun(model, [new Sequence(Text)], [capture], stopAfter: HookPoint.Embed);
        run.Forward(LogitRows.None);
        return capture[HookPoint.Embed].Values.ToArray();
    }
}
