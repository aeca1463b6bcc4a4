using Trimtab.Models.Gguf;
using Trimtab.Tensors;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Models.Tests.Gguf;

/// <summary>Golden models converted to GGUF and loaded again, against the numbers of their reference implementation.</summary>
public sealed class GgufParityTests
{
    private const float Tolerance = 1e-4f;

    public static TheoryNames Models => GgufFixture.Convertible;

    [Theory, MemberData(nameof(Models))]
    public void Logits_from_a_GGUF_file_equal_the_reference(string name)
    {
        using var folder = new TemporaryFolder();
        GgufFixture.Convert(name, folder.File("model.gguf"));
        using var model = ModelLoader.Load(folder.File("model.gguf"));
        var golden = GoldenModel.Of(name);
        foreach (string text in (string[])["seqA", "seqB"])
            Near.Equal(golden.Reference($"{text}.logits"), GgufFixture.Logits(model, golden.Ids($"{text}.input_ids")), Tolerance, $"{text}.logits");
    }

    [Theory, MemberData(nameof(Models))]
    public void Every_tensor_comes_back_as_it_was(string name)
    {
        using var folder = new TemporaryFolder();
        GgufFixture.Convert(name, folder.File("model.gguf"), type: null);
        using var model = ModelLoader.Load(folder.File("model.gguf"));
        var original = GoldenModel.Of(name).Model;
        foreach (string tensor in model.Weights.Names)
        {
            string spelled = original.Weights.Contains(tensor) ? tensor : tensor["transformer.".Length..];
            // Of Gemma's norms the file holds 1 + w, rounded as the computation rounds it; so that is what must come back.
            float shift = name.StartsWith("gemma", StringComparison.Ordinal) && tensor.EndsWith("norm.weight", StringComparison.Ordinal) ? 1 : 0;
            Near.Identical(Decoded(original.Weights[spelled], shift), Decoded(model.Weights[tensor], shift), tensor);
        }
        Assert.Equal(original.Decoder.Blocks.Count, model.Decoder.Blocks.Count);
        Assert.Equal(original.Config, model.Config);
    }

    // A weight moves by r of its size at random: 2⁻¹² in F16 (half a unit of the last of 11 bits, divided by √3), 2⁻⁹ in BF16, and in Q8_0 1/127 of a block's largest
    // value divided by √12, where the largest of 32 normal values is about 2.4 deviations. Errors of n matrices on a token's path add up like their squares, so
    // logits should move by r · √n of their size. Twice that is the bound; a wrong feature moves them by a tenth of their size and more.
    [Theory]
    [InlineData("llama", DType.F16, 1.0 / 4096)]
    [InlineData("llama", DType.BF16, 1.0 / 512)]
    [InlineData("llama", DType.Q8_0, 2.4 / 127 / 3.46)]
    [InlineData("gemma2", DType.F16, 1.0 / 4096)]
    [InlineData("gemma2", DType.BF16, 1.0 / 512)]
    [InlineData("gemma2", DType.Q8_0, 2.4 / 127 / 3.46)]
    [InlineData("qwen3_moe", DType.F16, 1.0 / 4096)]
    [InlineData("qwen3_moe", DType.BF16, 1.0 / 512)]
    [InlineData("qwen3_moe", DType.Q8_0, 2.4 / 127 / 3.46)]
    public void Narrower_types_move_logits_no_further_than_their_rounding(string name, DType type, double relative)
    {
        using var folder = new TemporaryFolder();
        GgufFixture.Convert(name, folder.File("model.gguf"), type);
        using var model = ModelLoader.Load(folder.File("model.gguf"));
        Assert.Contains(model.Origin.ElementTypes, pair => pair.Key == type.ToString());
        var golden = GoldenModel.Of(name);
        int matrices = 7 * model.LayerCount + 2;
        foreach (string text in (string[])["seqA", "seqB"])
        {
            float[] expected = golden.Reference($"{text}.logits").Values.ToArray(), actual = GgufFixture.Logits(model, golden.Ids($"{text}.input_ids")).Values.ToArray();
            double moved = Size([.. expected.Zip(actual, (e, a) => e - a)]);
            double bound = 2 * relative * Math.Sqrt(matrices) * Size(expected);
            Assert.True(moved > 0 && moved <= bound, $"{name} as {type}, {text}: the logits moved by {moved}, the bound is {bound}.");
        }
    }

    [Fact]
    public void DeepSeek_V2_keeps_the_temperature_it_was_trained_with()
    {
        using var folder = new TemporaryFolder();
        var golden = GoldenModel.Of("deepseek_v2");
        using (var original = ModelLoader.Load(golden.Folder))
            ModelConverter.ToGguf(original, folder.File("model.gguf"));
        using var model = ModelLoader.Load(folder.File("model.gguf"));
        Near.Equal(golden.Reference("mscale.seqA.logits"), GgufFixture.Logits(model, golden.Ids("seqA.input_ids")), Tolerance, "mscale.seqA.logits");
    }

    [Theory, MemberData(nameof(Models))]
    public void A_folder_made_from_a_GGUF_file_computes_the_same_bits(string name)
    {
        using var folder = new TemporaryFolder();
        GgufFixture.Convert(name, folder.File("model.gguf"));
        using var fromFile = ModelLoader.Load(folder.File("model.gguf"));
        ModelConverter.ToFolder(fromFile, folder.File("folder"));
        using var fromFolder = ModelLoader.Load(folder.File("folder"));
        int[] ids = GoldenModel.Of(name).Ids("seqA.input_ids");
        Near.Identical(GgufFixture.Logits(fromFile, ids).Values, GgufFixture.Logits(fromFolder, ids).Values, name);
        Assert.Equal(fromFile.Config, fromFolder.Config);
    }

    [Theory, MemberData(nameof(Models))]
    public void A_GGUF_file_converted_again_is_the_same_file(string name)
    {
        using var folder = new TemporaryFolder();
        GgufFixture.Convert(name, folder.File("first.gguf"));
        using (var model = ModelLoader.Load(folder.File("first.gguf")))
            ModelConverter.ToGguf(model, folder.File("second.gguf"));
        Assert.Equal(File.ReadAllBytes(folder.File("first.gguf")), File.ReadAllBytes(folder.File("second.gguf")));
    }

    private static double Size(float[] values) => Math.Sqrt(values.Average(value => (double)value * value));

    private static float[] Decoded(Tensor tensor, float shift)
    {
        var values = new float[tensor.Count];
        for (int row = 0; row < tensor.RowCount; row++)
            Tensors.Kernels.Quant.RowDecoder.Decode(tensor, row, values.AsSpan(row * tensor.Columns, tensor.Columns));
        System.Numerics.Tensors.TensorPrimitives.Add(values, shift, values);
        return values;
    }
}
