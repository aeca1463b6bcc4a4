using System.Text;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Tensors.Files;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Steering.Tests.Vectors;

public sealed class SteeringVectorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_saved_vector_comes_back_bit_for_bit_with_its_provenance()
    {
        var random = new Random(5);
        float[] Draw() => [.. Enumerable.Range(0, SomeVector.Size).Select(_ => (float)(random.NextDouble() - 0.5) * 1e-20f)];
        HookPoint[] points = [HookPoint.Embed, HookPoint.ResidPost(0), new(Site.MlpOut, 2), HookPoint.ResidPost(2), HookPoint.FinalNorm];
        var vector = SteeringVector.FromDirections(points.Reverse().Select(p => (p, Tensor.From(Draw()))), SomeVector.Provenance);
        vector.Save(_folder["v.safetensors"]);
        var back = SteeringVector.Load(_folder["v.safetensors"]);
        Assert.Equal(points, back.HookPoints);
        Assert.Equal([0, 2], back.Layers);
        Assert.Equal(SomeVector.Provenance, back.Provenance);
        Assert.Equal("v.safetensors", back.Name);
        foreach (var point in points)
            Near.Identical(vector[point].Values, back[point].Values, point.ToString());
        back.Save(_folder["again.safetensors"]);
        Assert.Equal(File.ReadAllBytes(_folder["v.safetensors"]), File.ReadAllBytes(_folder["again.safetensors"]));
    }

    [Fact]
    public void Layer_ten_comes_after_layer_two() =>
        Assert.Equal([2, 10], SteeringVector.FromDirections([(HookPoint.ResidPost(10), SomeVector.Direction(10)), (HookPoint.ResidPost(2), SomeVector.Direction(2))],
            SomeVector.Provenance with { LayerCount = 11 }).Layers);

    [Fact]
    public void A_random_control_has_the_lengths_of_its_vector_and_none_of_its_directions()
    {
        var vector = SomeVector.OfLayers(0, 2);
        var control = vector.RandomLike(seed: 1);
        Assert.Equal(vector.HookPoints, control.HookPoints);
        Assert.Contains("seed 1", Assert.Single(control.Provenance.Steps!), StringComparison.Ordinal);
        foreach (var point in vector.HookPoints)
        {
            Assert.Equal(vector.Norm(point), control.Norm(point), vector.Norm(point) * 1e-5f);
            Assert.NotEqual(vector[point].Values.ToArray(), control[point].Values.ToArray());
            Assert.Equal(control[point].Values.ToArray(), vector.RandomLike(seed: 1)[point].Values.ToArray());
            Assert.NotEqual(control[point].Values.ToArray(), vector.RandomLike(seed: 2)[point].Values.ToArray());
        }
    }

    [Fact]
    public void Normalised_directions_have_length_one_and_the_same_angle_and_the_step_is_recorded()
    {
        var vector = SomeVector.OfLayers(0, 2);
        var unit = vector.Normalised();
        foreach (var point in vector.HookPoints)
        {
            Assert.Equal(1f, unit.Norm(point), 1e-6f);
            for (int i = 0; i < SomeVector.Size; i++)
                Assert.Equal(vector[point][i] / vector.Norm(point), unit[point][i], 1e-6f);
        }
        Assert.Equal(["normalised"], unit.Provenance.Steps);
        Assert.Equal(["normalised", "scaled by -0.5"], unit.Scaled(-0.5f).Provenance.Steps);
        Assert.Null(vector.Provenance.Steps);
    }

    [Fact]
    public void Scaling_multiplies_every_value_and_leaves_the_original_alone()
    {
        var vector = SomeVector.OfLayers(1);
        Near.Identical([-20.5f, -22.5f, -24.5f, -26.5f], vector.Scaled(-2)[HookPoint.ResidPost(1)].Values, "scaled");
        Near.Identical(SomeVector.Values(1), vector[HookPoint.ResidPost(1)].Values, "original");
    }

    [Fact]
    public void The_directions_are_copied_in()
    {
        var mine = SomeVector.Direction(1);
        var vector = SteeringVector.FromDirections([(HookPoint.ResidPost(1), mine)], SomeVector.Provenance);
        mine.Values.Clear();
        Near.Identical(SomeVector.Values(1), vector[HookPoint.ResidPost(1)].Values, "copy");
    }

    [Fact]
    public void A_zero_direction_is_a_vector_but_cannot_be_normalised()
    {
        var zero = SteeringVector.FromDirections([(HookPoint.ResidPost(1), Tensor.Zeros(new Shape(SomeVector.Size)))], SomeVector.Provenance);
        Assert.Equal(0, zero.Norm(HookPoint.ResidPost(1)));
        Assert.Contains("blocks.1.resid_post", Assert.Throws<SteeringException>(zero.Normalised).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Asking_for_an_absent_hook_point_names_those_there_are() =>
        Assert.Contains("blocks.0.resid_post, blocks.2.resid_post", Assert.Throws<SteeringException>(() => SomeVector.OfLayers(0, 2)[HookPoint.ResidPost(1)]).Message, StringComparison.Ordinal);

    [Fact]
    public void A_subset_keeps_only_the_points_asked_for()
    {
        var part = SomeVector.OfLayers(0, 1, 2).Only(HookPoint.ResidPost(1));
        Assert.Equal([HookPoint.ResidPost(1)], part.HookPoints);
        Near.Identical(SomeVector.Values(1), part[HookPoint.ResidPost(1)].Values, "kept");
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_value_that_is_no_number_is_refused_in_memory_and_in_files(float bad)
    {
        float[] values = [1, 2, bad, 4];
        Assert.Contains("blocks.1.resid_post", Assert.Throws<VectorFormatException>(() =>
            SteeringVector.FromDirections([(HookPoint.ResidPost(1), Tensor.From(values))], SomeVector.Provenance)).Message, StringComparison.Ordinal);
        Write(("blocks.1.resid_post", Tensor.From(values)));
        Assert.Contains("blocks.1.resid_post", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void Scaling_out_of_range_is_refused() =>
        Assert.Throws<VectorFormatException>(() => SomeVector.OfLayers(1).Scaled(3e38f));

    [Fact]
    public void Mixed_sizes_are_refused()
    {
        Write(("blocks.0.resid_post", SomeVector.Direction(0)), ("blocks.1.resid_post", SomeVector.Direction(1, 5)));
        Assert.Contains("is 5 — the others have 4", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_size_other_than_the_models_is_refused()
    {
        Write(("blocks.0.resid_post", SomeVector.Direction(0, 5)));
        Assert.Contains("hidden size 4", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_layer_beyond_the_models_is_refused()
    {
        Write(("blocks.3.resid_post", SomeVector.Direction(0)));
        Assert.Contains("3 blocks, 0 … 2", Refused(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("blocks.-1.resid_post")]
    [InlineData("blocks.01.resid_post")]
    [InlineData("blocks.1.attention")]
    [InlineData("blocks.1.embed")]
    [InlineData("blocks.99999999999.resid_post")]
    [InlineData("layer.1")]
    [InlineData("")]
    public void A_tensor_that_is_not_named_by_a_hook_point_is_refused(string key)
    {
        Write((key, SomeVector.Direction(0)));
        Assert.Contains($"'{key}'", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_huge_name_does_not_flood_the_message()
    {
        Write((new string('x', 1_000_000) + "\u001b[31m", SomeVector.Direction(0)));
        string message = Refused();
        Assert.True(message.Length < 500, message.Length.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.DoesNotContain('\u001b', message);
    }

    [Fact]
    public void A_direction_in_another_element_type_is_refused_by_name()
    {
        Write(("blocks.1.resid_post", Tensor.Zeros(new Shape(4), DType.F16)));
        Assert.Contains("F16", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_direction_with_two_axes_is_refused()
    {
        Write(("blocks.1.resid_post", SomeVector.Direction(1).Reshape(new Shape(1, 4))));
        Assert.Contains("[1, 4]", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_without_directions_is_refused()
    {
        Write();
        Assert.Contains("no direction", Refused(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("format", null, "missing")]
    [InlineData("format", "pt", "import files of other tools")]
    [InlineData("version", null, "missing")]
    [InlineData("version", "2", "newer tool")]
    [InlineData("version", "1.0", "newer tool")]
    [InlineData("provenance", null, "cannot be checked")]
    [InlineData("provenance", "{", "Provenance")]
    [InlineData("provenance", "null", "Provenance")]
    [InlineData("provenance", """{"tool_version":"x"}""", "model name is missing")]
    [InlineData("strength", "2", "'strength'")]
    public void Metadata_must_be_complete_and_known(string key, string? value, string expected)
    {
        var metadata = Metadata();
        metadata.Remove(key);
        if (value is not null)
            metadata[key] = value;
        SafetensorsFile.Write(_folder["v.safetensors"], [("blocks.1.resid_post", SomeVector.Direction(1))], metadata);
        Assert.Contains(expected, Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_truncated_file_is_refused_wherever_it_ends()
    {
        SomeVector.OfLayers(0, 1).Save(_folder["whole.safetensors"]);
        byte[] whole = File.ReadAllBytes(_folder["whole.safetensors"]);
        for (int length = 0; length < whole.Length; length += 13)
            Assert.Throws<TensorFileException>(() => SteeringVector.Load(_folder.Write("v.safetensors", whole.AsSpan(0, length))));
    }

    [Fact]
    public void A_file_written_byte_by_byte_loads()
    {
        string provenance = SomeVector.Provenance.ToJson().Replace("\"", "\\\"", StringComparison.Ordinal);
        string header = "{\"__metadata__\":{\"format\":\"trimtab-vector\",\"version\":\"1\",\"provenance\":\"" + provenance
            + "\"},\"blocks.2.resid_post\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}";
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] data = [.. new float[] { 1, -2, 3.5f, 0 }.SelectMany(BitConverter.GetBytes)];
        var vector = SteeringVector.Load(_folder.Write("v.safetensors", [.. BitConverter.GetBytes((long)json.Length), .. json, .. data]));
        Near.Identical([1, -2, 3.5f, 0], vector[HookPoint.ResidPost(2)].Values, "values");
        Assert.Equal(SomeVector.Provenance, vector.Provenance);
    }

    private static Dictionary<string, string> Metadata() => new() { ["format"] = "trimtab-vector", ["version"] = "1", ["provenance"] = SomeVector.Provenance.ToJson() };

    private void Write(params (string, Tensor)[] tensors) => SafetensorsFile.Write(_folder["v.safetensors"], tensors, Metadata());

    private string Refused() => Assert.Throws<VectorFormatException>(() => SteeringVector.Load(_folder["v.safetensors"])).Message;
}
