using System.Diagnostics.CodeAnalysis;

namespace Trimtab.Tensors.Threading;

/// <summary>The work on a contiguous range of items: <paramref name="start"/> … <paramref name="end"/> − 1.</summary>
public delegate void RangeWork<TState>(TState state, int start, int end);

/// <summary>
/// A fixed team of threads that split a range of items evenly. The split is static and every item is computed alone, so results do not depend on
/// the number of threads; a dispatch allocates nothing. One dispatch runs at a time; a second caller, and work that dispatches in its turn, computes meanwhile
/// on its own thread.
/// </summary>
public sealed class WorkerTeam : IDisposable
{
    // About 20 µs of spinning bridges the gap between two operations of one pass; after that a worker sleeps.
    private const int SpinCount = 500;

    private readonly Worker[] _workers;
    // 1 while a dispatch runs. Not a lock: those let their owner in again, but work that dispatches must not start the busy workers a second time.
    private int _busy;
    private int _pending;
    private bool _disposed;

    /// <summary>A team of <paramref name="threads"/> threads, the caller's included.</summary>
    public WorkerTeam(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        _workers = new Worker[threads - 1];
        for (int i = 0; i < _workers.Length; i++)
            _workers[i] = new Worker(this, i + 1);
    }

    /// <summary>A team as large as the machine has processors.</summary>
    public static WorkerTeam Shared { get; } = new(Environment.ProcessorCount);

    /// <summary>How many threads work, the caller's included.</summary>
    public int Threads => _workers.Length + 1;

    /// <summary>
    /// Runs <paramref name="work"/> on items 0 … count − 1, split among as many threads as leave each at least <paramref name="grain"/> items.
    /// Returns when all are done. An exception of any part is thrown again here.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The team has ended.</exception>
    public void For<TState>(int count, int grain, TState state, RangeWork<TState> work)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed), this);
        int parts = Math.Min(Threads, count / Math.Max(grain, 1));
        if (parts <= 1 || Interlocked.CompareExchange(ref _busy, 1, 0) != 0)
        {
            work(state, 0, count);
            return;
        }
        try
        {
            Dispatch(Job<TState>.OfThisThread(count, parts, state, work), parts);
        }
        finally
        {
            Volatile.Write(ref _busy, 0);
        }
    }

    /// <summary>Ends the threads, after the dispatch that may still run.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, true))
            return;
        // Stays busy for good: a caller that passed the check above computes alone rather than wait for threads that have ended.
        var spin = new SpinWait();
        while (Interlocked.CompareExchange(ref _busy, 1, 0) != 0)
            spin.SpinOnce();
        foreach (var worker in _workers)
            worker.Stop();
    }

    private void Dispatch(Job job, int parts)
    {
        Volatile.Write(ref _pending, parts - 1);
        for (int i = 0; i < parts - 1; i++)
            _workers[i].Start(job);
        job.RunGuarded(0);
        var spin = new SpinWait();
        while (Volatile.Read(ref _pending) != 0)
            spin.SpinOnce(sleep1Threshold: -1);
        job.Finish();
    }

    private abstract class Job
    {
        private Exception? _failure;

        protected abstract void Run(int part);

        public void RunGuarded(int part)
        {
            try
            {
                Run(part);
            }
            catch (Exception e) when (Record(e))
            {
            }
        }

        public virtual void Finish()
        {
            if (Interlocked.Exchange(ref _failure, null) is { } failure)
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }

        private bool Record(Exception failure)
        {
            Interlocked.CompareExchange(ref _failure, failure, null);
            return true;
        }
    }

    private sealed class Job<TState> : Job
    {
        [ThreadStatic]
        private static Job<TState>? t_instance;

        private int _count, _parts;
        private TState? _state;
        private RangeWork<TState>? _work;

        public static Job<TState> OfThisThread(int count, int parts, TState state, RangeWork<TState> work)
        {
            var job = t_instance ??= new Job<TState>();
            (job._count, job._parts, job._state, job._work) = (count, parts, state, work);
            return job;
        }

        protected override void Run(int part) =>
            _work!(_state!, (int)((long)_count * part / _parts), (int)((long)_count * (part + 1) / _parts));

        public override void Finish()
        {
            (_state, _work) = (default, null);
            base.Finish();
        }
    }

    [SuppressMessage("Design", "CA1001", Justification = "The event lives as long as its thread, which ends the process's way or by Stop.")]
    private sealed class Worker
    {
        private readonly WorkerTeam _team;
        private readonly int _part;
        private readonly ManualResetEventSlim _go = new(initialState: false, SpinCount);
        private Job? _job;
        private volatile bool _stopped;

        public Worker(WorkerTeam team, int part)
        {
            (_team, _part) = (team, part);
            new Thread(Loop) { IsBackground = true, Name = $"trimtab worker {part}" }.Start();
        }

        public void Start(Job job)
        {
            _job = job;
            _go.Set();
        }

        public void Stop()
        {
            _stopped = true;
            _go.Set();
        }

        [SuppressMessage("Design", "CA1031", Justification = "The job records its exceptions for the caller.")]
        private void Loop()
        {
            while (true)
            {
                _go.Wait();
                _go.Reset();
                if (_stopped)
                    return;
                _job!.RunGuarded(_part);
                _job = null;
                Interlocked.Decrement(ref _team._pending);
            }
        }
    }
}
