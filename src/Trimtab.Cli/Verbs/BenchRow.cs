using System.Globalization;
using System.Numerics.Tensors;
using System.Reflection;
using System.Text.Json.Nodes;
using Trimtab.Cli.Descriptions;
using Trimtab.Tensors.Kernels.Limits;

namespace Trimtab.Cli.Verbs;

/// <summary>The measured runs of one test.</summary>
/// <param name="Subject">The model.</param>
/// <param name="Test">What was run.</param>
/// <param name="Limits">What the machine allows the threads that ran it.</param>
/// <param name="Chunk">Rows of a pass at most.</param>
/// <param name="Backend">The kernels.</param>
/// <param name="Nanoseconds">The time of each run.</param>
/// <param name="Plain">The times of the same test without the extra, each measured right before its counterpart; empty where there is no extra.</param>
internal sealed record BenchRow(BenchSubject Subject, BenchTest Test, MachineLimits Limits, int Chunk, string Backend, IReadOnlyList<long> Nanoseconds, IReadOnlyList<long> Plain)
{
    private static readonly string Build = typeof(BenchRow).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>Tokens per second of each run.</summary>
    public double[] Rates => [.. Nanoseconds.Select(ns => Test.Tokens * 1e9 / ns)];

    /// <summary>The median of them.</summary>
    public double MedianRate => Test.Tokens * 1e9 / Median(Nanoseconds);

    /// <summary>The time of the median run over that of the plain ones; null where there is no extra.</summary>
    public double? Overhead => Plain.Count == 0 ? null : Median(Nanoseconds) / Median(Plain);

    /// <summary>
    /// Decoding: the bytes of weights that pass through the processor in a second over what the memory gives. Prompts: the operations of matrix products over what
    /// fused multiply-adds give. Null where a token meets only some of the weights.
    /// </summary>
    public double? Share => Test.Prompt > 0
        ? Subject.FlopsOfPrompt(Test.Prompt) / (Test.Prompt / MedianRate) / Limits.FlopsPerSecond
        : Subject.BytesPerStep * (MedianRate / Test.Sequences) / Limits.ReadBytesPerSecond;

    /// <summary>The columns of llama-bench that say something of a processor, by its names; then our own.</summary>
    public JsonObject ToJson()
    {
        var (time, rate) = (Statistics([.. Nanoseconds.Select(ns => (double)ns)]), Statistics(Rates));
        return new JsonObject
        {
            ["build_commit"] = Build, ["build_number"] = 0, ["cpu_info"] = Processor.Name, ["gpu_info"] = "", ["backends"] = Backend,
            ["model_filename"] = Subject.Path, ["model_type"] = Subject.Type, ["model_size"] = Subject.Bytes, ["model_n_params"] = Subject.Parameters,
            ["n_batch"] = Chunk, ["n_ubatch"] = Chunk, ["n_threads"] = Limits.Threads, ["type_k"] = "f32", ["type_v"] = "f32",
            ["n_prompt"] = Test.Prompt, ["n_gen"] = Test.Generated, ["n_depth"] = 0,
            ["test_time"] = DateTimeOffset.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
            ["avg_ns"] = (long)time.Mean, ["stddev_ns"] = (long)time.Deviation, ["avg_ts"] = Math.Round(rate.Mean, 6), ["stddev_ts"] = Math.Round(rate.Deviation, 6),
            ["test"] = Test.Name, ["n_seq"] = Test.Sequences, ["extra"] = BenchTest.ExtraName(Test.Extra), ["median_ts"] = Math.Round(MedianRate, 6),
            ["overhead"] = Overhead is { } overhead ? Math.Round(overhead, 4) : null, ["share_of_limit"] = Share is { } share ? Math.Round(share, 4) : null,
            ["read_gb_s"] = Math.Round(Limits.ReadBytesPerSecond / 1e9, 2), ["fma_gflop_s"] = Math.Round(Limits.FlopsPerSecond / 1e9, 1),
            ["samples_ns"] = new JsonArray([.. Nanoseconds.Select(ns => (JsonNode)ns)]), ["samples_ts"] = JsonOutput.Of(Rates.Select(r => (float)r)),
        };
    }

    /// <summary>Mean and standard deviation of a sample, as llama-bench gives them.</summary>
    public static (double Mean, double Deviation) Statistics(ReadOnlySpan<double> values)
    {
        double mean = TensorPrimitives.Sum(values) / values.Length;
        double squares = 0;
        foreach (double value in values)
            squares += (value - mean) * (value - mean);
        return (mean, values.Length > 1 ? Math.Sqrt(squares / (values.Length - 1)) : 0);
    }

    private static double Median(IReadOnlyList<long> values)
    {
        long[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2.0;
    }
}
