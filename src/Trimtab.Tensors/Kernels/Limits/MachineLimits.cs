using System.Diagnostics;
using Trimtab.Tensors.Storage;
using Trimtab.Tensors.Threading;

namespace Trimtab.Tensors.Kernels.Limits;

/// <summary>
/// What the machine allows some threads to do, measured: the two numbers that decoding and prefill can be compared with. Decoding one token reads every weight once, so
/// memory bounds it; a long prompt multiplies every weight many times, so arithmetic bounds it.
/// </summary>
/// <param name="Threads">How many threads worked together.</param>
/// <param name="ReadBytesPerSecond">Bytes read from memory, by all threads together.</param>
/// <param name="FlopsPerSecond">Single-precision operations by fused multiply-add, which counts as two, by all threads together.</param>
public sealed record MachineLimits(int Threads, double ReadBytesPerSecond, double FlopsPerSecond)
{
    // Eight times a large third-level cache, so that next to nothing is still there when it is read again.
    private const long ReadBytes = 256L << 20;
    private const int Iterations = 1 << 21;

    /// <summary>Measures both limits with a team's threads: takes some tenths of a second and, meanwhile, 256 MiB.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="repetitions">How often each limit is measured; the best counts, for anything else running here only takes away.</param>
    /// <exception cref="ArgumentOutOfRangeException">No repetition was asked for.</exception>
    public static MachineLimits Measure(WorkerTeam team, int repetitions = 15)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(repetitions, 1);
        using var memory = NativeStorage.Allocate(ReadBytes);
        // Written once by the threads that read it: pages that nobody wrote to are all the same page of zeros.
        team.For(team.Threads, 1, (memory, team.Threads), static (s, start, end) => Share(s.memory, s.Threads, start).Fill(1));
        double read = Best(repetitions, () => team.For(team.Threads, 1, (memory, team.Threads), static (s, start, end) => ReadLimit.Run(Share(s.memory, s.Threads, start))));
        double multiply = Best(repetitions, () => team.For(team.Threads, 1, Iterations, static (iterations, start, end) => MultiplyAddLimit.Run(iterations)));
        return new MachineLimits(team.Threads, ReadBytes / read, (double)team.Threads * Iterations * MultiplyAddLimit.FlopsPerIteration / multiply);
    }

    /// <summary>The bits of the vectors that the multiply-adds are measured with.</summary>
    public static int VectorBits => MultiplyAddLimit.VectorBits;

    private static Span<byte> Share(NativeStorage memory, int threads, int thread)
    {
        long size = ReadBytes / threads;
        return memory.Span<byte>(thread * size, checked((int)size));
    }

    private static double Best(int repetitions, Action work)
    {
        work();
        double best = double.PositiveInfinity;
        for (int i = 0; i < repetitions; i++)
        {
            long start = Stopwatch.GetTimestamp();
            work();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return best;
    }
}
