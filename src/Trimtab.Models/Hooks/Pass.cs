using Trimtab.Models.Generation;
using Trimtab.Models.Layers;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;
using Trimtab.Tensors.Storage;

namespace Trimtab.Models.Hooks;

/// <summary>
/// Everything that one run of the model over some rows needs and the model itself does not hold: the rows (ragged: sequences one after the other,
/// without padding), the workspace, the hooks. Layers pass their activations through <see cref="At"/>.
/// </summary>
public sealed class Pass
{
    private readonly HookTable? _hooks;
    private readonly List<(RotaryEmbedding Embedding, Tensor Cos, Tensor Sin)> _rotations = [];
    private readonly List<Tensor> _kept = [];
    private readonly KeyValueBlocks _uncached;
    private readonly CancellationToken _cancellation;

    /// <param name="workspace">Holds the intermediates.</param>
    /// <param name="uncached">Memory for the keys and values of sequences without a cache, one after the other.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="hooks">What happens at which hook point.</param>
    /// <param name="cancellation">Ends the pass between layers.</param>
    internal Pass(Workspace workspace, KeyValueBlocks uncached, IReadOnlyList<SequenceRows> rows, HookTable? hooks, CancellationToken cancellation)
    {
        (Workspace, _uncached, Rows, _hooks, _cancellation) = (workspace, uncached, rows, hooks, cancellation);
        var last = rows[^1];
        RowCount = last.FirstRow + last.Count;
    }

    /// <summary>The arena that the intermediates of this pass live in.</summary>
    public Workspace Workspace { get; }

    /// <summary>Which rows belong to which sequence and positions.</summary>
    public IReadOnlyList<SequenceRows> Rows { get; }

    /// <summary>The number of rows T.</summary>
    public int RowCount { get; }

    /// <summary>True once the pass has met the hook point to stop after: nothing further needs to be computed.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>
    /// Visits a hook point: the activation goes through the edits there, is shown to the sinks, and comes back. Once the pass is stopped nothing is visited, though
    /// what is left of the block may still be computed.
    /// </summary>
    public Tensor At(Site site, int layer, Tensor x) => _hooks?[site, layer] is { } visit ? Visit(visit, x, Rows) : x;

    /// <summary>True if someone edits or reads the hook point, so that a value which costs extra must be made.</summary>
    public bool Wants(Site site, int layer) => _hooks?[site, layer] is not null;

    /// <summary>Causal attention of every sequence over its own keys: q [T, H·E], k [T, Hk·E], v [T, Hk·Ev] of the pass's rows, result [T, H·Ev].</summary>
    public Tensor Attend(int layer, Tensor q, Tensor k, Tensor v, in AttentionShape shape)
    {
        _cancellation.ThrowIfCancellationRequested();
        var output = Workspace.Allocate(new Shape(RowCount, shape.Heads * shape.ValueSize));
        if (Wants(Site.AttnPattern, layer))
            return AttendInView(layer, q, k, v, shape, output);
        foreach (var span in Rows)
            Workspace.Backend.Attention(RowsOf(q, span), KeysAndValues(layer, span, k, v, shape), span.FirstPosition, shape, RowsOf(output, span));
        return Noted(output, q, k, v, shape);
    }

    /// <summary>x [T, H·E] with its heads turned by their positions; values before <paramref name="offset"/> in each head stay. The result takes the place of x.</summary>
    public Tensor Rotate(RotaryEmbedding embedding, Tensor x, int headSize, int offset = 0)
    {
        var (cos, sin) = RotationOf(embedding);
        return x.Rotate(headSize, offset, cos, sin, embedding.Pairs);
    }

    /// <summary>
    /// Ends a block: only the residual stream and the rotations go on, and the memory of everything else serves the next block. Once something trained went into the
    /// stream everything stays, for the way back.
    /// </summary>
    internal Tensor EndBlock(Tensor x)
    {
        if (x.WantsGradient)
            return x;
        _kept.Clear();
        _kept.Add(x);
        foreach (var (_, cos, sin) in _rotations)
        {
            _kept.Add(cos);
            _kept.Add(sin);
        }
        Workspace.Renew(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_kept));
        for (int i = 0; i < _rotations.Count; i++)
            _rotations[i] = (_rotations[i].Embedding, _kept[2 * i + 1], _kept[2 * i + 2]);
        return _kept[0];
    }

    internal Tensor AtLogits(Tensor logits, IReadOnlyList<SequenceRows> rows) =>
        _hooks?[Site.Logits, HookPoint.NoLayer] is { } visit ? Visit(visit, logits, rows) : logits;

    // The slow path, where the probabilities are edited or read: they are made for all rows at once, padded with zeros to the longest sequence.
    private Tensor AttendInView(int layer, Tensor q, Tensor k, Tensor v, in AttentionShape shape, Tensor output)
    {
        int longest = 0;
        foreach (var span in Rows)
            longest = Math.Max(longest, span.EndPosition);
        var pattern = Workspace.Allocate(new Shape(RowCount, shape.Heads, longest));
        foreach (var span in Rows)
            Workspace.Backend.AttentionPattern(RowsOf(q, span), KeysAndValues(layer, span, k, v, shape), span.FirstPosition, shape, RowsOf(pattern, span));
        var seen = pattern.Reshape(new Shape(RowCount, shape.Heads * longest));
        var trained = TrainedSequences(q, k, v);
        if (trained is not null)
            seen = seen.AsPatternOf(q, k, trained, shape);
        var edited = At(Site.AttnPattern, layer, seen);
        pattern = edited.Reshape(pattern.Shape);
        // Written a second time: sequences without a cache take turns in the same memory.
        foreach (var span in Rows)
            Workspace.Backend.AttentionMix(RowsOf(pattern, span), KeysAndValues(layer, span, k, v, shape), span.FirstPosition, shape, RowsOf(output, span));
        return trained is null ? output : ReferenceEquals(seen, edited) ? output.AsAttentionOf(q, k, v, trained, shape) : output.AsMixOf(edited, v, trained, shape);
    }

    private Tensor Noted(Tensor output, Tensor q, Tensor k, Tensor v, in AttentionShape shape) =>
        TrainedSequences(q, k, v) is { } trained ? output.AsAttentionOf(q, k, v, trained, shape) : output;

    // The rows of each sequence; null where nothing here wants a gradient.
    private Range[]? TrainedSequences(Tensor q, Tensor k, Tensor v)
    {
        if (!q.WantsGradient && !k.WantsGradient && !v.WantsGradient)
            return null;
        foreach (var span in Rows)
            if (span.FirstPosition != 0)
                throw new InvalidOperationException($"Training: a sequence goes on at position {span.FirstPosition}, from where gradients cannot reach the keys before it. Give whole sequences without a cache, and a chunk as large as all of them.");
        return [.. Rows.Select(span => span.FirstRow..(span.FirstRow + span.Count))];
    }

    private KeyValueBlocks KeysAndValues(int layer, in SequenceRows span, Tensor k, Tensor v, in AttentionShape shape)
    {
        var (newKeys, newValues) = (RowsOf(k, span), RowsOf(v, span));
        if (span.Sequence.Cache is { } cache)
            return cache.Append(layer, span.FirstPosition, newKeys, newValues, shape);
        _uncached.Write(span.FirstPosition, newKeys, newValues, shape);
        return _uncached;
    }

    private static Tensor RowsOf(Tensor x, in SequenceRows span) => span.Count == x.Shape[0] ? x : x.Slice(span.FirstRow, span.Count);

    private Tensor Visit(HookVisit visit, Tensor x, IReadOnlyList<SequenceRows> rows)
    {
        if (IsStopped)
            return x;
        x = visit.Run(x, rows);
        IsStopped |= visit.StopsPass;
        return x;
    }

    private (Tensor Cos, Tensor Sin) RotationOf(RotaryEmbedding embedding)
    {
        foreach (var (known, cos, sin) in _rotations)
            if (ReferenceEquals(known, embedding))
                return (cos, sin);
        var made = embedding.Tables(Workspace, Rows, RowCount);
        _rotations.Add((embedding, made.Cos, made.Sin));
        return made;
    }
}
