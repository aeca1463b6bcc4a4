using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Trimtab.Tensors;
using Trimtab.Tensors.Kernels.Limits;
using Trimtab.Tensors.Kernels.Panels;
using Trimtab.Tensors.Ops;
using Trimtab.Tensors.Threading;

namespace Trimtab.Cli.Descriptions;

/// <summary>Describes this machine as the kernels see it.</summary>
internal static class Machine
{
    /// <summary>The processor and its kernels; with <paramref name="measure"/>, also what it can do at most, which takes a second.</summary>
    public static JsonObject Describe(bool measure)
    {
        var description = new JsonObject
        {
            ["kind"] = "machine",
            ["processor"] = Processor.Name,
            ["architecture"] = RuntimeInformation.ProcessArchitecture.ToString(),
            ["cores"] = Environment.ProcessorCount,
            ["vectorBits"] = MachineLimits.VectorBits,
            ["tier"] = KernelTiers.Best.ToString(),
            ["tiers"] = new JsonArray([.. KernelTiers.Report().Select(report => (JsonNode)new JsonObject { ["tier"] = report.Tier.ToString(), ["state"] = State(report) })]),
            ["kernels"] = Kernels(Enum.GetValues<DType>().Where(IsWeight)),
        };
        if (measure)
            description["limits"] = new JsonArray([.. new[] { 1, Environment.ProcessorCount }.Distinct().Select(threads => (JsonNode)Limits(threads))]);
        return description;
    }

    /// <summary>For each element type of matrices, what multiplies it, and what it is converted to when it is first used.</summary>
    public static JsonObject Kernels(IEnumerable<DType> types) =>
        new(types.Distinct().Order().Select(type => KeyValuePair.Create<string, JsonNode?>(type.ToString(), Kernel(type))));

    /// <summary>Whether matrices come in an element type.</summary>
    public static bool IsWeight(DType type) => type.IsFloat() || type.IsQuantised();

    // The backend is asked rather than guessed: it packs a small weight of the type and says what it made of it.
    private static string Kernel(DType type)
    {
        using var packed = CpuBackend.Shared.Pack(Tensor.Zeros(new Shape(1, type.BlockElements()), type));
        return packed.Type == type ? packed.Kernel : $"{packed.Kernel}, converted at load";
    }

    private static string State(TierReport report) => report.Tier == KernelTiers.Best ? $"in use, the fastest here: {report.Reason}"
        : report.Available ? "runs here, slower"
        : $"not here: {report.Reason}";

    private static JsonObject Limits(int threads)
    {
        using var team = new WorkerTeam(threads);
        var limits = MachineLimits.Measure(team);
        return new JsonObject
        {
            ["threads"] = $"{threads} {(threads == 1 ? "thread" : "threads")}",
            ["multiplyAdds"] = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{limits.FlopsPerSecond / 1e9:F1} GFLOP/s"),
            ["memory"] = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{limits.ReadBytesPerSecond / 1e9:F1} GB/s"),
        };
    }
}
