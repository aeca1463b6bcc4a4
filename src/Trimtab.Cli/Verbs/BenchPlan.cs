using Trimtab.Models;
using Trimtab.Tensors.Kernels.Limits;
using Trimtab.Tensors.Kernels.Panels;
using Trimtab.Tensors.Ops;
using Trimtab.Tensors.Threading;

namespace Trimtab.Cli.Verbs;

/// <summary>The tests of a benchmark and how they are run.</summary>
internal sealed record BenchPlan
{
    /// <summary>What is run, in this order.</summary>
    public required IReadOnlyList<BenchTest> Tests { get; init; }

    /// <summary>Each test is run with each of these numbers of threads.</summary>
    public required IReadOnlyList<int> Threads { get; init; }

    /// <summary>The instructions that products are computed with.</summary>
    public required KernelTier Tier { get; init; }

    /// <summary>Rows of a pass at most.</summary>
    public required int Chunk { get; init; }

    /// <summary>Runs of each test.</summary>
    public required int Repetitions { get; init; }

    /// <summary>Runs all tests.</summary>
    public IEnumerable<BenchRow> Run(LoadedModel model, CancellationToken cancellation)
    {
        var subject = new BenchSubject(model);
        foreach (int threads in Threads)
        {
            using var team = new WorkerTeam(threads);
            var limits = MachineLimits.Measure(team);
            var backend = new CpuBackend(team, Tier);
            foreach (var test in Tests)
                yield return Run(model, subject, test, backend, limits, cancellation);
        }
    }

    private BenchRow Run(LoadedModel model, BenchSubject subject, BenchTest test, CpuBackend backend, MachineLimits limits, CancellationToken cancellation)
    {
        // A capture keeps what it received, so each of its runs is a new one.
        bool afresh = test.Extra == BenchExtra.Capture;
        using var measured = new BenchRun(model, test, backend, Chunk, afresh);
        using var plain = test.Extra == BenchExtra.None ? null : new BenchRun(model, test with { Extra = BenchExtra.None }, backend, Chunk, afresh);
        measured.WarmUp();
        plain?.WarmUp();
        List<long> nanoseconds = [], plainNanoseconds = [];
        for (int i = 0; i < Repetitions; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (plain is not null)
                plainNanoseconds.Add(plain.Measure());
            nanoseconds.Add(measured.Measure());
        }
        return new BenchRow(subject, test, limits, Chunk, $"CPU {backend.Tier}", nanoseconds, plainNanoseconds);
    }
}
