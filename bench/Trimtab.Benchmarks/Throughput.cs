using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace Trimtab.Benchmarks;

/// <summary>How much a benchmark does in one operation, by its parameters alone.</summary>
public interface IWork
{
    /// <summary>Floating-point operations; a multiply-add counts as two. 0 where the number says nothing.</summary>
    long Flops { get; }

    /// <summary>Bytes that have to come from memory at least once. 0 where the number says nothing.</summary>
    long Bytes { get; }
}

/// <summary>An amount of work per second, in thousands of millions: to be read as a share of what the machine can do.</summary>
public sealed class ThroughputColumn(string name, Func<IWork, long> amount) : IColumn
{
    public string Id => name;

    public string ColumnName => name;

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public string Legend => $"{name}: work of one operation over its mean time";

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase)
    {
        if (summary[benchmarkCase]?.ResultStatistics is not { } statistics || Activator.CreateInstance(benchmarkCase.Descriptor.Type) is not IWork work)
            return "-";
        foreach (var parameter in benchmarkCase.Parameters.Items)
            work.GetType().GetProperty(parameter.Name)!.SetValue(work, parameter.Value);
        long done = amount(work);
        return done == 0 ? "-" : (done / statistics.Mean).ToString("F1", CultureInfo.InvariantCulture);
    }

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public bool IsAvailable(Summary summary) => true;
}
