using Trimtab.Models.Hooks;
using Trimtab.Tensors.Files;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Steering.Tests.Vectors;

public sealed class TorchFormatTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_persona_row_is_the_output_of_the_block_before_and_the_last_row_lies_after_the_final_norm()
    {
        var vector = VectorFormats.Import(_folder.Write("evil_response_avg_diff.pt", TorchBytes.Of(Rows(4), 4, SomeVector.Size)));
        Assert.Equal("embed blocks.0.resid_post blocks.1.resid_post final_norm", string.Join(' ', vector.HookPoints));
        for (int row = 0; row < 4; row++)
            Holds(row, vector, vector.HookPoints[row]);
        Assert.Equal((3, 4), (vector.Provenance.LayerCount, vector.Provenance.HiddenSize));
        Assert.Equal(("persona", LayerConvention.HiddenStatesIndex), (vector.Provenance.ImportedFrom!.Format, vector.Provenance.ImportedFrom.Convention));
    }

    [Fact]
    public void A_persona_file_round_trips_bit_for_bit()
    {
        string path = _folder.Write("evil_prompt_avg_diff.pt", TorchBytes.Of(Rows(4), 4, SomeVector.Size));
        var report = VectorFormats.Export(VectorFormats.Import(path), _folder["again_diff.pt"], "persona");
        Assert.Equal((4, 0, 0), (report.Written.Count, report.Omitted.Count, report.Notes.Count));
        using var again = TorchFile.Load(_folder["again_diff.pt"]);
        Near.Identical(Rows(4), again[""].Values, "rows");
        Assert.Equal("[4, 4]", again[""].Shape.ToString());
    }

    [Fact]
    public void A_persona_export_omits_the_last_block_and_names_the_zero_rows()
    {
        var report = VectorFormats.Export(SomeVector.OfLayers(0, 2), _folder["v.pt"], "persona");
        Assert.Equal([HookPoint.ResidPost(0)], report.Written);
        Assert.Equal(HookPoint.ResidPost(2), Assert.Single(report.Omitted).Point);
        Assert.Contains("0, 2, 3", Assert.Single(report.Notes), StringComparison.Ordinal);
        using var file = TorchFile.Load(_folder["v.pt"]);
        Near.Identical([0, 0, 0, 0, .. SomeVector.Values(0), 0, 0, 0, 0, 0, 0, 0, 0], file[""].Values, "rows");
    }

    [Fact]
    public void A_matrix_of_rows_may_be_two_formats_and_the_layer_count_decides()
    {
        string path = _folder.Write("vector.pt", TorchBytes.Of(Rows(3), 3, SomeVector.Size));
        string message = Assert.Throws<VectorFormatException>(() => VectorFormats.Import(path)).Message;
        Assert.Contains("persona", message, StringComparison.Ordinal);
        Assert.Contains("assistant-axis", message, StringComparison.Ordinal);
        Assert.Equal("persona", VectorFormats.Import(path, options: new() { LayerCount = 2 }).Provenance.ImportedFrom!.Format);
        Assert.Equal("assistant-axis", VectorFormats.Import(path, options: new() { LayerCount = 3 }).Provenance.ImportedFrom!.Format);
        Assert.Contains("looks like no known", Assert.Throws<VectorFormatException>(() => VectorFormats.Import(path, options: new() { LayerCount = 7 })).Message, StringComparison.Ordinal);
        Assert.Contains("3 blocks", Assert.Throws<VectorFormatException>(() => VectorFormats.Import(path, "assistant-axis", new() { LayerCount = 7 })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_assistant_axis_row_is_the_output_of_its_block_and_its_metadata_is_kept()
    {
        var vector = VectorFormats.Import(_folder.Write("axis.pt", TorchBytes.Dictionary("vector", Rows(3), [3, SomeVector.Size], "pirate")));
        Assert.Equal([0, 1, 2], vector.Layers);
        for (int layer = 0; layer < 3; layer++)
            Holds(layer, vector, HookPoint.ResidPost(layer));
        Assert.Equal("pirate", vector.Provenance.ImportedFrom!.Metadata!.Value.GetProperty("name").GetString());
    }

    [Fact]
    public void Metadata_too_deep_for_a_provenance_is_refused()
    {
        string path = _folder["deep.pt"];
        File.WriteAllBytes(path, TorchBytes.Nested("vector", Rows(3), [3, SomeVector.Size], depth: 20));
        Refused("nested at most 16 deep", path);
        File.WriteAllBytes(path, TorchBytes.Nested("vector", Rows(3), [3, SomeVector.Size], depth: 10));
        Assert.Equal([0, 1, 2], VectorFormats.Import(path).Layers);
    }

    [Fact]
    public void A_refusal_direction_lies_at_the_input_of_its_layer()
    {
        _folder.Write("direction_metadata.json", """{"pos": -2, "layer": 2}"""u8);
        string path = _folder.Write("direction.pt", TorchBytes.Of(SomeVector.Values(5), SomeVector.Size));
        foreach (string place in (string[])[path, _folder.Root])
        {
            var vector = VectorFormats.Import(place);
            Assert.Equal([HookPoint.ResidPost(1)], vector.HookPoints);
            Holds(5, vector, HookPoint.ResidPost(1));
            Assert.Equal(-2, vector.Provenance.ImportedFrom!.Metadata!.Value.GetProperty("pos").GetInt32());
        }
        _folder.Write("direction_metadata.json", """{"pos": -2, "layer": 0}"""u8);
        Assert.Equal([HookPoint.Embed], VectorFormats.Import(path).HookPoints);
    }

    [Theory]
    [InlineData("""{"pos": -2}""", "missing")]
    [InlineData("""{"pos": -2, "layer": 1.5}""", "1.5")]
    [InlineData("""{"pos": -2, "layer": -1}""", "no layer -1")]
    [InlineData("""{"layer": 1, "layer": 2}""", "JSON")]
    [InlineData("""[1]""", "JSON object")]
    [InlineData("""{"layer": """, "JSON")]
    public void A_damaged_refusal_metadata_is_refused(string json, string named)
    {
        _folder.Write("direction_metadata.json", System.Text.Encoding.UTF8.GetBytes(json));
        Refused(named, _folder.Write("direction.pt", TorchBytes.Of(SomeVector.Values(5), SomeVector.Size)));
    }

    [Fact]
    public void Refusal_candidates_are_chosen_by_position_from_the_end()
    {
        // Double precision, as that tool stores them: [2 positions, 3 blocks, 4].
        double[] values = [.. Rows(6).Select(v => (double)v)];
        string path = _folder.Write("mean_diffs.pt", TorchBytes.Of("DoubleStorage", 24, [.. values.SelectMany(BitConverter.GetBytes)], 2, 3, SomeVector.Size));
        var vector = VectorFormats.Import(path, options: new() { Position = -1 });
        Assert.Equal("embed blocks.0.resid_post blocks.1.resid_post", string.Join(' ', vector.HookPoints));
        for (int layer = 0; layer < 3; layer++)
            Holds(3 + layer, vector, vector.HookPoints[layer]);
        Holds(1, VectorFormats.Import(path, options: new() { Position = -2 }), HookPoint.ResidPost(0));
        Refused("Give the position", path);
        Refused("−1 to −2", path, new() { Position = -3 });
        Refused("−1 to −2", path, new() { Position = 0 });
    }

    [Theory]
    [InlineData("vec_layer_13_Llama-2-7b-chat-hf.pt", 13)]
    [InlineData("13.pt", 13)]
    [InlineData("layer_13.pt", 13)]
    [InlineData("layer_13_act_and_freq_trim0.65.pt", 13)]
    [InlineData("gemma-2-9b_sae_layer20_resid_post_16k_act_trim0.35.pt", 20)]
    public void A_file_name_says_the_block_whose_output_it_holds(string name, int layer)
    {
        string path = _folder.Write(name, TorchBytes.Of(SomeVector.Values(6), SomeVector.Size));
        var vector = VectorFormats.Import(path);
        Assert.Equal([HookPoint.ResidPost(layer)], vector.HookPoints);
        Holds(6, vector, HookPoint.ResidPost(layer));
        Assert.Equal([HookPoint.ResidPost(layer - 1)], VectorFormats.Import(path, options: new() { Convention = LayerConvention.BlockInput }).HookPoints);
        Refused($"its name says {layer}", path, new() { Layer = 1 });
    }

    [Fact]
    public void A_name_without_a_layer_needs_the_layer_and_its_convention()
    {
        string path = _folder.Write("vec_ep5_layer13.pt", TorchBytes.Of(SomeVector.Values(6), SomeVector.Size));
        Refused("block_input", path);
        Refused("block_input", path, new() { Layer = 13 });
        Holds(6, VectorFormats.Import(path, options: new() { Layer = 13, Convention = LayerConvention.BlockOutput }), HookPoint.ResidPost(13));
        Holds(6, VectorFormats.Import(path, options: new() { Layer = 13, Convention = LayerConvention.HiddenStatesIndex, LayerCount = 32 }), HookPoint.ResidPost(12));
    }

    [Fact]
    public void A_folder_of_layer_files_is_one_vector()
    {
        foreach (int layer in (int[])[10, 2, 0])
            _folder.Write($"caa/layer_{layer}.pt", TorchBytes.Of(SomeVector.Values(layer), SomeVector.Size));
        var vector = VectorFormats.Import(_folder["caa"]);
        Assert.Equal([0, 2, 10], vector.Layers);
        foreach (int layer in vector.Layers)
            Holds(layer, vector, HookPoint.ResidPost(layer));
        _folder.Write("caa/2.pt", TorchBytes.Of(SomeVector.Values(3), SomeVector.Size));
        Refused("given twice", _folder["caa"]);
    }

    [Fact]
    public void A_stray_file_in_a_folder_is_not_passed_over()
    {
        _folder.Write("caa/layer_0.pt", TorchBytes.Of(SomeVector.Values(0), SomeVector.Size));
        _folder.Write("caa/activations.pt", TorchBytes.Of(Rows(2), 2, SomeVector.Size));
        Refused("activations.pt", _folder["caa"]);
    }

    [Fact]
    public void Half_precision_values_are_widened()
    {
        byte[] brain = [0x80, 0x3F, 0x00, 0xC0];
        Near.Identical([1, -2], VectorFormats.Import(_folder.Write("4.pt", TorchBytes.Of("BFloat16Storage", 2, brain, 2)))[HookPoint.ResidPost(4)].Values, "bf16");
        byte[] half = [0x00, 0x3C, 0x00, 0xC0];
        Near.Identical([1, -2], VectorFormats.Import(_folder.Write("5.pt", TorchBytes.Of("HalfStorage", 2, half, 2)))[HookPoint.ResidPost(5)].Values, "f16");
        Refused("floating-point", _folder.Write("6.pt", TorchBytes.Of("IntStorage", 1, [1, 0, 0, 0], 1)));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Values_that_are_no_numbers_are_refused(float bad)
    {
        Refused("blocks.1.resid_post", _folder.Write("1.pt", TorchBytes.Of([1, bad], 2)));
        Refused("embed", _folder.Write("v_diff.pt", TorchBytes.Of([1, bad, 0, 0], 2, 2)));
    }

    [Fact]
    public void Layer_files_round_trip_and_refuse_a_folder_in_use()
    {
        var report = VectorFormats.Export(SomeVector.OfLayers(0, 2), _folder["out"], "layer-files");
        Assert.Equal((2, 0), (report.Written.Count, report.Omitted.Count));
        Assert.Equal(["layer_0.pt", "layer_2.pt"], Directory.GetFiles(_folder["out"]).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));
        var back = VectorFormats.Import(_folder["out"]);
        foreach (int layer in (int[])[0, 2])
            Holds(layer, back, HookPoint.ResidPost(layer));
        Assert.Contains("would mix", Assert.Throws<VectorFormatException>(() => VectorFormats.Export(SomeVector.OfLayers(1), _folder["out"], "layer-files")).Message, StringComparison.Ordinal);
    }

    private static float[] Rows(int count) => [.. Enumerable.Range(0, count).SelectMany(row => SomeVector.Values(row))];

    private static void Holds(int direction, SteeringVector vector, HookPoint point) => Near.Identical(SomeVector.Values(direction), vector[point].Values, point.ToString());

    private static void Refused(string named, string path, VectorImportOptions? options = null) =>
        Assert.Contains(named, Assert.Throws<VectorFormatException>(() => VectorFormats.Import(path, options: options)).Message, StringComparison.Ordinal);
}
