using System.Diagnostics;
using System.Runtime.InteropServices;

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
    private readonly Worker[] _workers;
    // 1 while a dispatch runs. Not a lock: those let their owner in again, but work that dispatches must not start the busy workers a second time.
    private int _busy;
    private LonelyInt32 _pending;
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
        Volatile.Write(ref _pending.Value, parts - 1);
        for (int i = 0; i < parts - 1; i++)
            _workers[i].Start(job);
        job.RunGuarded(0);
        Join();
        job.Finish();
    }

    private void Join()
    {
        var patience = new Patience();
        while (Volatile.Read(ref _pending.Value) != 0)
            patience.Wait();
    }

    /// <summary>
    /// How to wait for another thread: without letting go of the processor at first, since it is about to answer; then offering the processor to others, for it may be
    /// this one that it needs.
    /// </summary>
    private readonly struct Patience()
    {
        // Waking a thread costs as much as some operations of a pass, so a worker stays awake over the gaps between them.
        private static readonly long SpinTicks = Stopwatch.Frequency / 500_000, AwakeTicks = Stopwatch.Frequency / 20_000;

        private readonly long _start = Stopwatch.GetTimestamp();

        /// <summary>Waits a moment. False when it has been long enough to sleep.</summary>
        public bool Wait()
        {
            long waited = Stopwatch.GetTimestamp() - _start;
            if (waited < SpinTicks)
                Thread.SpinWait(1);
            else
                Thread.Yield();
            return waited < AwakeTicks;
        }
    }

    /// <summary>A counter that shares its cache line, and the one that is fetched with it, with nothing else.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct LonelyInt32
    {
        [FieldOffset(128)]
        public int Value;
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

    private sealed class Worker
    {
        private readonly WorkerTeam _team;
        private readonly int _part;
        private readonly object _gate = new();
        // Counts the dispatches to this worker; its job is written before, and read after.
        private LonelyInt32 _generation;
        private Job? _job;
        private volatile bool _asleep, _stopped;

        public Worker(WorkerTeam team, int part)
        {
            (_team, _part) = (team, part);
            new Thread(Loop) { IsBackground = true, Name = $"trimtab worker {part}" }.Start();
        }

        public void Start(Job job)
        {
            _job = job;
            Wake();
        }

        public void Stop()
        {
            _stopped = true;
            Wake();
        }

        // The increment is a full fence, as is the one in Sleep: either this sees the worker asleep, or the worker sees the new generation.
        private void Wake()
        {
            Interlocked.Increment(ref _generation.Value);
            if (!_asleep)
                return;
            lock (_gate)
                Monitor.Pulse(_gate);
        }

        private void Loop()
        {
            for (int seen = 0; ; seen++)
            {
                if (!Spin(seen))
                    Sleep(seen);
                if (_stopped)
                    return;
                var job = _job!;
                _job = null;
                job.RunGuarded(_part);
                Interlocked.Decrement(ref _team._pending.Value);
            }
        }

        private bool Spin(int seen)
        {
            var patience = new Patience();
            while (Volatile.Read(ref _generation.Value) == seen)
                if (!patience.Wait())
                    return false;
            return true;
        }

        private void Sleep(int seen)
        {
            lock (_gate)
            {
                _asleep = true;
                Interlocked.MemoryBarrier();
                while (Volatile.Read(ref _generation.Value) == seen)
                    Monitor.Wait(_gate);
                _asleep = false;
            }
        }
    }
}
