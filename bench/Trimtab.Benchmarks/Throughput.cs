using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using Trimtab.Tensors.Kernels.Limits;
using Trimtab.Tensors.Threading;

namespace Trimtab.Benchmarks;

/// <summary>How much a benchmark does in one operation, by its parameters alone.</summary>
public interface IWork
{
    /// <summary>Floating-point operations; a multiply-add counts as two. 0 where the number says nothing.</summary>
    long Flops { get; }

    /// <summary>Bytes that have to come from memory at least once. 0 where the number says nothing.</summary>
    long Bytes { get; }

    /// <summary>The threads that share the work.</summary>
    int Threads => WorkerTeam.Shared.Threads;
}

/// <summary>An amount of work per second: in thousands of millions, and as a share of what the machine allows these threads, measured in the same run.</summary>
/// <param name="name">The column's name.</param>
/// <param name="value">What it shows of a piece of work that took some seconds; null where it says nothing.</param>
public sealed class ThroughputColumn(string name, Func<IWork, double, string?> value) : IColumn
{
    private static readonly Dictionary<int, MachineLimits> Limits = [];

    /// <summary>Operations and bytes per second, and their shares of the limits.</summary>
    public static IColumn[] All { get; } =
    [
        new ThroughputColumn("GFLOP/s", (work, seconds) => PerSecond(work.Flops, seconds)),
        new ThroughputColumn("of multiply-adds", (work, seconds) => Share(work.Flops, seconds, LimitsOf(work.Threads).FlopsPerSecond)),
        new ThroughputColumn("GB/s", (work, seconds) => PerSecond(work.Bytes, seconds)),
        new ThroughputColumn("of memory", (work, seconds) => Share(work.Bytes, seconds, LimitsOf(work.Threads).ReadBytesPerSecond)),
    ];

    public string Id => name;

    public string ColumnName => name;

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public string Legend => $"{name}: the work of one operation over its median time, in 10⁹ per second or as a share of what the same threads reach here in registers or from memory";

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase)
    {
        if (summary[benchmarkCase]?.ResultStatistics is not { } statistics || Activator.CreateInstance(benchmarkCase.Descriptor.Type) is not IWork work)
            return "-";
        foreach (var parameter in benchmarkCase.Parameters.Items)
            work.GetType().GetProperty(parameter.Name)!.SetValue(work, parameter.Value);
        return value(work, statistics.Median * 1e-9) ?? "-";
    }

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public bool IsAvailable(Summary summary) => true;

    private static string? PerSecond(long amount, double seconds) => amount == 0 ? null : (amount / seconds / 1e9).ToString("F1", CultureInfo.InvariantCulture);

    private static string? Share(long amount, double seconds, double limit) => amount == 0 ? null : (amount / seconds / limit).ToString("P0", CultureInfo.InvariantCulture);

    private static MachineLimits LimitsOf(int threads)
    {
        if (Limits.TryGetValue(threads, out var known))
            return known;
        using var team = new WorkerTeam(threads);
        return Limits[threads] = MachineLimits.Measure(team);
    }
}
