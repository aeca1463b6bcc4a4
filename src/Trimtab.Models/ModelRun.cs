using Trimtab.Models.Generation;
using Trimtab.Models.Hooks;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;
using Trimtab.Tensors.Storage;

namespace Trimtab.Models;

/// <summary>Which rows of a pass get logits.</summary>
public enum LogitRows
{
    /// <summary>None: the pass is run for its activations.</summary>
    None,
    /// <summary>The last row of every sequence, as generation needs.</summary>
    Last,
    /// <summary>Every row.</summary>
    All,
}

/// <summary>
/// Some sequences on their way through a model together: the workspace, the hooks, and the passes. Rows of all sequences share every matrix product, and
/// each row's result is the same, bit for bit, as if its sequence ran alone.
/// </summary>
public sealed class ModelRun : IDisposable
{
    private readonly LoadedModel _model;
    private readonly IActivationSink[] _sinks;
    private readonly HookPoint? _stopAfter;
    private readonly HashSet<Sequence> _members;
    private readonly Workspace _workspace;
    private readonly KeyValueBlocks _uncached = new();
    // Made by the first pass, when every plan has decided what applies.
    private HookTable? _hooks;

    /// <summary>A run of <paramref name="sequences"/> through <paramref name="model"/>.</summary>
    /// <param name="model">The model.</param>
    /// <param name="sequences">The sequences, each with its own cache and plan, or without.</param>
    /// <param name="sinks">Receive activations.</param>
    /// <param name="stopAfter">The last hook point that is needed; no block above it is computed. Caches then keep nothing of the rows.</param>
    /// <exception cref="SteeringException">A sink, an edit or <paramref name="stopAfter"/> names a hook point that the model lacks.</exception>
    /// <exception cref="ArgumentException">A sequence is given twice, or two share a cache.</exception>
    public ModelRun(LoadedModel model, IReadOnlyList<Sequence> sequences, IEnumerable<IActivationSink>? sinks = null, HookPoint? stopAfter = null)
    {
        (_sinks, _stopAfter) = ([.. sinks ?? []], stopAfter);
        var edited = sequences.SelectMany(s => s.Steering?.Edits.Select(e => e.At) ?? []);
        foreach (var point in _sinks.SelectMany(sink => sink.Points).Concat(edited).Concat(stopAfter is { } last ? [last] : []))
            model.RequireHookPoint(point);
        (_model, Sequences, _members) = (model, sequences, [.. sequences]);
        if (_members.Count < sequences.Count || sequences.Select(s => s.Cache).OfType<KvCache>().Distinct().Count() < sequences.Count(s => s.Cache is not null))
            throw new ArgumentException("ModelRun: a sequence is given twice, or two sequences share a cache. Every sequence needs its own.", nameof(sequences));
        _workspace = new Workspace(model.Backend);
    }

    /// <summary>The sequences.</summary>
    public IReadOnlyList<Sequence> Sequences { get; }

    /// <summary>The most rows that one pass computes at once; longer prompts go through in pieces, with the same result.</summary>
    public int ChunkSize
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 512;

    /// <summary>Told after each pass how many tokens of the current call are computed.</summary>
    public IProgress<int>? Progress { get; init; }

    /// <summary>What computes; the model's own (<see cref="LoadOptions.Backend"/>), where none is given.</summary>
    public Backend Backend
    {
        get => _workspace.Backend;
        init => _workspace = new Workspace(value);
    }

    /// <summary>
    /// Computes every token that is not in its sequence's cache yet. Returns the logits [n, V] of the rows asked for, in the order of
    /// <paramref name="sequences"/>, valid until the next call; null where none were asked for, or where a run that stops early made none.
    /// </summary>
    /// <param name="logits">Which rows get logits. With <see cref="LogitRows.All"/> and more rows than a chunk, listen at <see cref="HookPoint.Logits"/>: only the last chunk's are returned.</param>
    /// <param name="sequences">The sequences to advance, by default all; those that have ended are left away.</param>
    /// <param name="cancellation">Ends the pass between layers.</param>
    public Tensor? Forward(LogitRows logits, IReadOnlyList<Sequence>? sequences = null, CancellationToken cancellation = default)
    {
        sequences = Chosen(sequences);
        _hooks ??= MakeHooks(cancellation);
        var pending = sequences.Select(s => new Pending(s, s.Cache?.Length ?? 0)).ToArray();
        foreach (var p in pending)
            p.Begin(_model);
        int computed = 0;
        while (true)
        {
            var rows = NextRows(pending);
            bool isLast = pending.All(p => p.Done == p.Sequence.Ids.Count);
            _workspace.Reset();
            var pass = new Pass(_workspace, _uncached, rows, _hooks, cancellation);
            var result = _model.Decoder.Forward(pass, RowsWithLogits(rows, logits, isLast));
            foreach (var span in rows)
                span.Sequence.Cache?.Commit(span.EndPosition);
            Progress?.Report(computed += pass.RowCount);
            if (isLast)
                return result;
        }
    }

    /// <summary>Gives the workspace back.</summary>
    public void Dispose()
    {
        _workspace.Dispose();
        _uncached.Dispose();
    }

    private HookTable MakeHooks(CancellationToken cancellation)
    {
        ConditionPass.Decide(_model, Sequences, ChunkSize, Backend, cancellation);
        return new HookTable(_model.LayerCount, Sequences, _sinks, _stopAfter);
    }

    private IReadOnlyList<Sequence> Chosen(IReadOnlyList<Sequence>? sequences)
    {
        if (sequences is null || ReferenceEquals(sequences, Sequences))
            return Sequences;
        if (sequences.Count == 0 || !sequences.All(_members.Contains) || sequences.Distinct().Count() < sequences.Count)
            throw new ArgumentException("ModelRun: the sequences to advance must be some of the run's own, each once. Others would go unsteered and unseen.", nameof(sequences));
        return sequences;
    }

    // Chunks fill up from the first sequence on, but every sequence keeps at least its last token for the last chunk, so that all their logits come from one pass. A
    // sequence without a cache must go through whole.
    private List<SequenceRows> NextRows(Pending[] pending)
    {
        int left = pending.Sum(p => p.Left);
        bool isLast = left <= ChunkSize || pending.Any(p => p.Sequence.Cache is null);
        var rows = new List<SequenceRows>(pending.Length);
        int row = 0;
        foreach (var p in pending)
        {
            int count = isLast ? p.Left : Math.Min(p.Left - 1, ChunkSize - row);
            if (count <= 0)
                continue;
            rows.Add(new SequenceRows(p.Sequence, row, count, p.Done));
            row += count;
            p.Done += count;
        }
        if (rows.Count > 0)
            return rows;
        // More sequences than a chunk has rows: only their last tokens are left, which go together.
        foreach (var p in pending)
        {
            rows.Add(new SequenceRows(p.Sequence, row, p.Left, p.Done));
            row += p.Left;
            p.Done += p.Left;
        }
        return rows;
    }

    private static List<SequenceRows> RowsWithLogits(List<SequenceRows> rows, LogitRows logits, bool isLast) => logits switch
    {
        LogitRows.All => rows,
        LogitRows.Last when isLast => [.. rows.Select((span, index) => span with { FirstRow = index, FirstPosition = span.EndPosition - 1, Count = 1 })],
        _ => [],
    };

    private sealed class Pending(Sequence sequence, int done)
    {
        public Sequence Sequence { get; } = sequence;

        public int Done { get; set; } = done;

        public int Left => Sequence.Ids.Count - Done;

        public void Begin(LoadedModel model)
        {
            if (Left <= 0)
                throw new InvalidOperationException("ModelRun: a sequence has no token that is not cached already. Append a token before the next pass.");
            int length = Sequence.Ids.Count;
            if (length > model.Config.MaxPositions && model.Decoder.Positions is not null)
                throw new ModelFormatException($"ModelRun: {length} tokens do not fit the {model.Config.MaxPositions} learned positions of this model. Shorten the text.");
            if (Sequence.Cache is not { } cache)
                return;
            int regime = model.LengthRegime(length);
            if (cache.Length > 0 && cache.Regime != regime)
            {
                // Other frequencies from this length on: what was cached belongs to a shorter context, so all of it is computed again.
                cache.Truncate(0);
                Done = 0;
            }
            cache.Begin(model.LayerCount, Done, Sequence.Steering?.Fingerprint ?? "", regime);
        }
    }
}
