using System.Text.Json.Nodes;
using Trimtab.Tensors.Kernels.Panels;
using Xunit;

namespace Trimtab.Cli.Tests.Verbs;

/// <summary>What `trimtab inspect` says of the machine, and of the kernels that will multiply a model's weights.</summary>
public sealed class InspectTests
{
    [Fact]
    public void The_machine_names_its_processor_and_one_tier_in_use()
    {
        var json = CommandLine.Run("inspect", "--machine", "--json").Json();
        Assert.NotEqual("", json["processor"]!.GetValue<string>());
        Assert.Equal(Environment.ProcessorCount, json["cores"]!.GetValue<int>());
        var tiers = json["tiers"]!.AsArray().ToDictionary(tier => tier!["tier"]!.GetValue<string>(), tier => tier!["state"]!.GetValue<string>());
        Assert.Equal(Enum.GetNames<KernelTier>(), tiers.Keys);
        Assert.StartsWith("in use", tiers[KernelTiers.Best.ToString()], StringComparison.Ordinal);
        Assert.Single(tiers.Values, state => state.StartsWith("in use", StringComparison.Ordinal));
        Assert.False(json.ContainsKey("limits"));
    }

    [Fact]
    public void Measured_limits_are_there_when_asked_for()
    {
        var limits = CommandLine.Run("inspect", "--machine", "--measure", "--json").Json()["limits"]!.AsArray();
        Assert.Equal(new[] { 1, Environment.ProcessorCount }.Distinct().Count(), limits.Count);
        Assert.All(limits, limit => Assert.EndsWith("GB/s", limit!["memory"]!.GetValue<string>(), StringComparison.Ordinal));
    }

    [Fact]
    public void An_adapter_states_its_layers_and_scale()
    {
        var json = CommandLine.Run("inspect", Path.Combine(ReferenceModel.Folder("llama"), "lora"), "--json").Json();
        Assert.Equal("LoRA adapter", json["kind"]!.GetValue<string>());
        // Rank-stabilised: 8 / √4.
        Assert.Equal((28, 15616, 4.0), (json["layers"]!.GetValue<int>(), json["parameters"]!.GetValue<long>(), json["scale"]!.GetValue<double>()));
        Assert.Null(json["trainedUnderPlan"]);
    }

    [Fact]
    public void A_model_names_the_kernel_of_every_type_that_its_matrices_have()
    {
        using var folder = new TemporaryFolder();
        string gguf = folder["model.gguf"];
        CommandLine.Run("convert", ReferenceModel.Folder("llama"), "-o", gguf, "--type", "q8_0").Succeeded();
        var kernels = CommandLine.Run("inspect", gguf, "--json").Json()["kernels"]!.AsObject();
        // Norms are vectors in F32, which nothing multiplies.
        string kernel = Assert.Single(kernels, pair => pair.Key == "Q8_0").Value!.GetValue<string>();
        Assert.DoesNotContain(kernels, pair => pair.Key == "F32");
        Assert.Contains(KernelTiers.Best.ToString(), kernel, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Every_type_of_matrices_has_a_kernel_or_is_converted()
    {
        var kernels = CommandLine.Run("inspect", "--machine", "--json").Json()["kernels"]!.AsObject();
        Assert.Equal(["F32", "F64", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K"], kernels.Select(pair => pair.Key));
        Assert.All(kernels, pair => Assert.Equal(!pair.Value!.GetValue<string>().StartsWith(pair.Key + ",", StringComparison.Ordinal), pair.Value!.GetValue<string>().EndsWith("converted at load", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_path_and_the_machine_exclude_each_other_and_one_is_needed()
    {
        CommandLine.Run("inspect").Refused("--machine");
        CommandLine.Run("inspect", "x.gguf", "--machine").Refused("--machine");
        CommandLine.Run("inspect", "x.gguf", "--measure").Refused("--measure");
    }
}
