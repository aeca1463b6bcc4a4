using Trimtab.Tensors.Kernels.Panels;
using Xunit;

namespace Trimtab.Cli.Tests.Verbs;

/// <summary>--threads and --kernels, which every verb that runs a model takes.</summary>
public sealed class MachineOptionTests
{
    private static readonly string Llama = ReferenceModel.Folder("llama");
    private static readonly string[] Logits = ["logits", "-m", Llama, "--ids", "1,2,3", "--json"];

    [Theory]
    [InlineData("--threads", "1")]
    [InlineData("-t", "3")]
    [InlineData("--kernels", "portable")]
    public void Neither_threads_nor_compiled_kernels_change_a_digit_of_single_precision_logits(string option, string value) =>
        Assert.Equal(CommandLine.Run([.. Logits, "--kernels", KernelTiers.BestCompiled.ToString()]).Succeeded().Output,
            CommandLine.Run(option == "--kernels" ? [.. Logits, option, value] : [.. Logits, "--kernels", KernelTiers.BestCompiled.ToString(), option, value]).Succeeded().Output);

    [Fact]
    public void Bench_names_the_kernels_that_were_asked_for() =>
        Assert.Contains("CPU Portable", CommandLine.Run("bench", "-m", Llama, "-p", "4", "-n", "0", "-t", "1", "-r", "1", "--kernels", "portable").Succeeded().Output, StringComparison.Ordinal);

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    public void A_number_of_threads_below_one_is_refused(string threads) => CommandLine.Run([.. Logits, "--threads", threads]).Refused("--threads", threads);

    [Fact]
    public void An_unknown_tier_is_refused_with_the_known_ones() => CommandLine.Run([.. Logits, "--kernels", "sse"]).Refused("--kernels", "'sse'", "portable", "avx2", "emitted");

    [Fact]
    public void A_tier_that_does_not_run_here_is_refused_with_its_reason()
    {
        Assert.SkipWhen(KernelTiers.Report().All(tier => tier.Available), "Every tier runs on this processor.");
        var missing = KernelTiers.Report().First(tier => !tier.Available);
        CommandLine.Run([.. Logits, "--kernels", missing.Tier.ToString()]).Refused("--kernels", missing.Reason);
    }
}
