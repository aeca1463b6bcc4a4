using Trimtab.Tensors.Threading;
using Xunit;

namespace Trimtab.Tensors.Tests.Threading;

public sealed class WorkerTeamTests
{
    // A dispatch that waits for a thread which never answers would hang the whole run.
    private const int Patience = 60_000;

    public static TheoryData<int> TeamSizes => [1, 2, 3, 5];

    [Theory(Timeout = Patience), MemberData(nameof(TeamSizes))]
    public async Task Every_item_is_worked_on_exactly_once(int threads) => await Task.Run(() =>
    {
        using var team = new WorkerTeam(threads);
        foreach (int count in (int[])[0, 1, 2, 3, 4, 5, 7, 64, 101])
            foreach (int grain in (int[])[0, 1, 3, 100, int.MaxValue])
            {
                var visits = new int[count];
                team.For(count, grain, visits, static (v, start, end) =>
                {
                    for (int i = start; i < end; i++)
                        Interlocked.Increment(ref v[i]);
                });
                Assert.All(visits, v => Assert.Equal(1, v));
            }
    });

    [Theory(Timeout = Patience), MemberData(nameof(TeamSizes))]
    public async Task An_exception_of_any_part_reaches_the_caller_and_the_team_works_on(int threads) => await Task.Run(() =>
    {
        using var team = new WorkerTeam(threads);
        for (int bad = 0; bad < threads; bad++)
        {
            var thrown = Assert.Throws<ArithmeticException>(() => team.For(threads, 1, bad, static (b, start, end) =>
            {
                if (start <= b && b < end)
                    throw new ArithmeticException($"part {b}");
            }));
            Assert.Equal($"part {bad}", thrown.Message);
            Assert.Equal(100 * 99 / 2, Sum(team, 100));
        }
    });

    [Fact(Timeout = Patience)]
    public async Task When_all_parts_fail_one_of_their_exceptions_arrives() => await Task.Run(() =>
    {
        using var team = new WorkerTeam(4);
        for (int i = 0; i < 100; i++)
            Assert.Throws<ArithmeticException>(() => team.For(4, 1, 0, static (_, _, _) => throw new ArithmeticException()));
        Assert.Equal(100 * 99 / 2, Sum(team, 100));
    });

    [Fact(Timeout = Patience)]
    public async Task Work_may_dispatch_in_its_turn() => await Task.Run(() =>
    {
        using var team = new WorkerTeam(3);
        for (int round = 0; round < 60; round++)
        {
            long[] sums = new long[9];
            team.For(9, 1, (team, sums), static (s, start, end) =>
            {
                for (int i = start; i < end; i++)
                    s.sums[i] = Sum(s.team, 50 + i);
            });
            for (int i = 0; i < 9; i++)
                Assert.Equal((50 + i) * (49L + i) / 2, sums[i]);
        }
    });

    [Fact(Timeout = Patience)]
    public async Task Work_may_dispatch_the_same_kind_of_work() => await Task.Run(() =>
    {
        using var team = new WorkerTeam(3);
        for (int round = 0; round < 60; round++)
        {
            var visits = new int[3 * 4 * 5];
            Nested(team, visits, 0);
            Assert.All(visits, v => Assert.Equal(1, v));
        }
    });

    [Fact(Timeout = Patience)]
    public async Task Many_callers_share_a_team() => await Task.Run(() =>
    {
        using var team = new WorkerTeam(3);
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            for (int i = 0; i < 500; i++)
                Assert.Equal(64 * 63 / 2, Sum(team, 64));
        });
    });

    [Theory(Timeout = Patience), MemberData(nameof(TeamSizes))]
    public async Task Thousands_of_dispatches_lose_nothing(int threads) => await Task.Run(() =>
    {
        using var team = new WorkerTeam(threads);
        for (int i = 0; i < 3_000; i++)
            Assert.Equal(1000 * 999 / 2, Sum(team, 1000));
    });

    [Fact(Timeout = Patience)]
    public async Task Threads_that_fell_asleep_or_are_about_to_wake_up() => await Task.Run(() =>
    {
        using var team = new WorkerTeam(3);
        var gap = System.Diagnostics.Stopwatch.StartNew();
        for (int i = 0; i < 2_000; i++)
        {
            // Gaps around the time after which a worker sleeps, and a few that are far beyond it.
            if (i % 100 == 0)
                Thread.Sleep(2);
            for (gap.Restart(); gap.Elapsed.TotalMicroseconds < i % 100;)
                Thread.SpinWait(1);
            Assert.Equal(30 * 29 / 2, Sum(team, 30));
        }
    });

    [Fact(Timeout = Patience)]
    public async Task A_dispatch_allocates_nothing() => await Task.Run(() =>
    {
        using var team = new WorkerTeam(2);
        var cells = new long[1000];
        Fill(team, cells);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
            Fill(team, cells);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    });

    [Fact(Timeout = Patience)]
    public async Task A_team_that_has_ended_says_so() => await Task.Run(() =>
    {
        var team = new WorkerTeam(3);
        Assert.Equal(64 * 63 / 2, Sum(team, 64));
        team.Dispose();
        team.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Sum(team, 64));
    });

    [Fact]
    public void A_team_without_threads_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => new WorkerTeam(0));

    private static void Fill(WorkerTeam team, long[] cells) => team.For(cells.Length, 1, (cells, 7), static (s, start, end) =>
    {
        for (int i = start; i < end; i++)
            s.cells[i] = i;
    });

    private static long Sum(WorkerTeam team, int count)
    {
        var cells = new long[count];
        Fill(team, cells);
        return cells.Sum();
    }

    // Three levels with the same type of state: level 0 splits into 3, level 1 into 4, level 2 into 5 cells.
    private static void Nested(WorkerTeam team, int[] visits, int path) => team.For(3, 1, (team, visits, path), static (s, start, end) =>
    {
        for (int a = start; a < end; a++)
            s.team.For(4, 1, (s.team, s.visits, a), static (inner, from, to) =>
            {
                for (int b = from; b < to; b++)
                    inner.team.For(5, 1, (inner.team, inner.visits, inner.a * 4 + b), static (cell, first, last) =>
                    {
                        for (int c = first; c < last; c++)
                            Interlocked.Increment(ref cell.visits[cell.Item3 * 5 + c]);
                    });
            });
    });
}
