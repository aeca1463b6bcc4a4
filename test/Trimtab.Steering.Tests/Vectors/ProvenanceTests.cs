using System.Text.Json;
using Trimtab.Models;
using Trimtab.Tensors;
using Trimtab.Testing;
using Xunit;

namespace Trimtab.Steering.Tests.Vectors;

public sealed class ProvenanceTests
{
    // Written out in full, as files hold it: a renamed or reordered member would make old files unreadable or equal vectors differ in bytes.
    private const string Json = """
        {"model_name":"Tiny-3","architecture":"Qwen2ForCausalLM","model_fingerprint":"0123456789abcdef","hidden_size":4,"layer_count":3,"method":"mean-difference","method_options":{"tokens":"mean-of-response","trim":0.35},"data_hash":"feed","example_count":12,"token_rule":"mean of response","residual_norms":{"blocks.0.resid_post":0.1,"blocks.1.resid_post":2.5},"seed":7,"tool_version":"Trimtab 0.1.0","created_by":"Ümläut & <tests>"}
        """;

    [Fact]
    public void The_json_form_has_these_members_in_this_order() => Assert.Equal(Json, SomeVector.Provenance.ToJson());

    [Fact]
    public void A_vector_made_on_weights_that_were_quantised_on_load_says_so()
    {
        string folder = Path.Combine(Repository.Golden, "llama");
        using var model = ModelLoader.Load(folder, new LoadOptions { Quantise = DType.Q8_0 });
        var made = Provenance.For(model, "by hand");
        Assert.Equal(("Q8_0", GoldenModel.Of("llama").Model.Fingerprint), (made.Quantisation, made.ModelFingerprint));
        Assert.Contains("\"quantisation\":\"Q8_0\"", made.ToJson(), StringComparison.Ordinal);
        Assert.Null(Provenance.For(GoldenModel.Of("llama").Model, "by hand").Quantisation);
    }

    [Fact]
    public void Json_reads_back_to_an_equal_record()
    {
        var full = SomeVector.Provenance with
        {
            ChatTemplateHash = "beef",
            Steps = ["normalised"],
            Sources = [SomeVector.Provenance],
            ImportedFrom = new ImportSource("gguf", "x.gguf", LayerConvention.LlamaCppGenerator) { Producer = "llama.cpp", Metadata = JsonElement.Parse("""{"a":[1,2]}""") },
        };
        var back = Provenance.FromJson(full.ToJson());
        Assert.Equal(full, back);
        Assert.Equal(full.GetHashCode(), back.GetHashCode());
        Assert.Equal(full.ToJson(), back.ToJson());
        Assert.Equal(LayerConvention.LlamaCppGenerator, back.ImportedFrom!.Convention);
        Assert.Equal(0.35, back.MethodOptions!.Value.GetProperty("trim").GetDouble());
    }

    [Fact]
    public void Records_that_differ_in_one_member_are_not_equal()
    {
        Assert.NotEqual(SomeVector.Provenance, SomeVector.Provenance with { Seed = 8 });
        Assert.NotEqual(SomeVector.Provenance, SomeVector.Provenance with { MethodOptions = JsonElement.Parse("{}") });
    }

    [Fact]
    public void Norms_are_kept_in_the_order_of_depth() =>
        Assert.Equal(["embed", "blocks.2.resid_post", "blocks.10.resid_post", "final_norm"], (SomeVector.Provenance with
        {
            ResidualNorms = new Dictionary<string, double> { ["final_norm"] = 1, ["blocks.10.resid_post"] = 2, ["embed"] = 3, ["blocks.2.resid_post"] = 4 },
        }).ResidualNorms!.Keys);

    [Fact]
    public void Probes_are_kept_in_the_order_of_depth_and_must_be_in_range()
    {
        var probes = SomeVector.Provenance with { Probes = new Dictionary<string, ProbeRecord> { ["blocks.1.resid_post"] = new(-0.5, 0.75), ["embed"] = new(2) } };
        Assert.Contains("""
            "probes":{"embed":{"bias":2},"blocks.1.resid_post":{"bias":-0.5,"held_out_accuracy":0.75}}
            """, probes.ToJson(), StringComparison.Ordinal);
        Assert.Equal(probes, Provenance.FromJson(probes.ToJson()));
        foreach (var (point, probe) in new Dictionary<string, ProbeRecord> { ["blocks.x"] = new(0), ["embed"] = new(double.NaN), ["final_norm"] = new(0, 1.5) })
            Assert.Contains(point, Assert.Throws<VectorFormatException>(() => SomeVector.Provenance with { Probes = new Dictionary<string, ProbeRecord> { [point] = probe } }).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"seed\":7", "\"seed\":7,\"sead\":8", "sead")]
    [InlineData("\"seed\":7", "\"seed\":7,\"seed\":8", "seed")]
    [InlineData("\"seed\":7", "\"Seed\":7", "Seed")]
    [InlineData("\"seed\":7", "\"seed\":7.5", "seed")]
    [InlineData("\"seed\":7", "\"seed\":\"7\"", "seed")]
    [InlineData("\"hidden_size\":4,", "", "hidden size")]
    [InlineData("\"model_fingerprint\":\"0123456789abcdef\",", "", "fingerprint")]
    [InlineData("\"layer_count\":3", "\"layer_count\":0", "layer count")]
    [InlineData("\"example_count\":12", "\"example_count\":-1", "example count")]
    [InlineData("{\"tokens\":\"mean-of-response\",\"trim\":0.35}", "[1]", "JSON objects")]
    [InlineData("\"blocks.1.resid_post\":2.5", "\"blocks.x.resid_post\":2.5", "blocks.x.resid_post")]
    [InlineData("\"blocks.1.resid_post\":2.5", "\"blocks.1.resid_post\":-2.5", "-2.5")]
    [InlineData("\"blocks.1.resid_post\":2.5", "\"blocks.0.resid_post\":2.5", "Duplicate")]
    [InlineData("\"tool_version\":\"Trimtab 0.1.0\"", "\"tool_version\":\"\"", "tool version")]
    [InlineData("\"tool_version\":\"Trimtab 0.1.0\"", "\"tool_version\":null", "ToolVersion")]
    [InlineData(",\"tool_version\":\"Trimtab 0.1.0\"", "", "tool_version")]
    [InlineData("\"seed\":7", "\"seed\":7,\"imported_from\":{\"format\":\"x\",\"file\":\"y\",\"convention\":\"repeng\"}", "block_output")]
    [InlineData("\"seed\":7", "\"seed\":7,\"imported_from\":{\"format\":\"x\",\"file\":\"y\",\"convention\":0}", "convention")]
    [InlineData("\"seed\":7", "\"seed\":7,\"imported_from\":{\"format\":\"x\",\"file\":\"y\"}", "convention")]
    public void Damaged_records_are_refused_with_the_member_named(string part, string damaged, string named)
    {
        Assert.Contains(part, Json, StringComparison.Ordinal);
        string message = Assert.Throws<VectorFormatException>(() => Provenance.FromJson(Json.Replace(part, damaged, StringComparison.Ordinal))).Message;
        Assert.Contains(named, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_record_of_a_loaded_model_names_its_weights_and_sizes()
    {
        var model = GoldenModel.Of("qwen2").Model;
        var made = Provenance.For(model, "random");
        Assert.Equal((model.Name, model.Architecture, model.Fingerprint, model.Config.HiddenSize, model.LayerCount, "random"),
            (made.ModelName, made.Architecture, made.ModelFingerprint, made.HiddenSize, made.LayerCount, made.Method));
        Assert.Equal(made, Provenance.FromJson(made.ToJson()));
    }
}
