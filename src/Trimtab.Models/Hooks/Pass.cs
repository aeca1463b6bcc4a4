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
    private readonly CancellationToken _cancellation;

    internal Pass(Workspace workspace, IReadOnlyList<SequenceRows> rows, HookTable? hooks, CancellationToken cancellation)
    {
        (Workspace, Rows, _hooks, _cancellation) = (workspace, rows, hooks, cancellation);
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
        {
            AttendInView(layer, q, k, v, shape, output);
            return output;
        }
        foreach (var span in Rows)
        {
            var (keys, values) = KeysAndValues(layer, span, k, v);
            Workspace.Backend.Attention(RowsOf(q, span), keys, values, span.FirstPosition, shape, RowsOf(output, span));
        }
        return output;
    }

    /// <summary>Turns the heads of x [T, H·E] by their positions, in place; values before <paramref name="offset"/> in each head stay.</summary>
    public void Rotate(RotaryEmbedding embedding, Tensor x, int headSize, int offset = 0)
    {
        var (cos, sin) = RotationOf(embedding);
        Workspace.Backend.Rotate(x, headSize, offset, cos, sin, embedding.Pairs);
    }

    /// <summary>Ends a block: only the residual stream and the rotations go on, and the memory of everything else serves the next block.</summary>
    internal Tensor EndBlock(Tensor x)
    {
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
    private void AttendInView(int layer, Tensor q, Tensor k, Tensor v, in AttentionShape shape, Tensor output)
    {
        var spans = Rows.Select(span => (Span: span, KeysAndValues: KeysAndValues(layer, span, k, v))).ToArray();
        int longest = spans.Max(s => s.KeysAndValues.Keys.RowCount);
        var pattern = Workspace.Allocate(new Shape(RowCount, shape.Heads * longest));
        pattern.Values.Clear();
        foreach (var (span, (keys, _)) in spans)
            CopyPattern(PatternOf(q, span, keys, shape), RowsOf(pattern, span), shape.Heads, longest);
        pattern = At(Site.AttnPattern, layer, pattern);
        var padded = pattern.Reshape(new Shape(RowCount, shape.Heads, longest));
        foreach (var (span, (_, values)) in spans)
            Workspace.Backend.AttentionMix(RowsOf(padded, span), values, span.FirstPosition, shape, RowsOf(output, span));
    }

    private Tensor PatternOf(Tensor q, in SequenceRows span, Tensor keys, in AttentionShape shape)
    {
        var pattern = Workspace.Allocate(new Shape(span.Count, shape.Heads, keys.RowCount));
        Workspace.Backend.AttentionPattern(RowsOf(q, span), keys, span.FirstPosition, shape, pattern);
        return pattern;
    }

    private static void CopyPattern(Tensor source, Tensor target, int heads, int longest)
    {
        for (int row = 0; row < target.RowCount; row++)
            for (int head = 0; head < heads; head++)
                source.Row(row * heads + head).CopyTo(target.Row(row)[(head * longest)..]);
    }

    private static (Tensor Keys, Tensor Values) KeysAndValues(int layer, in SequenceRows span, Tensor k, Tensor v)
    {
        var (newKeys, newValues) = (RowsOf(k, span), RowsOf(v, span));
        return span.Sequence.Cache is { } cache ? cache.Append(layer, span.FirstPosition, newKeys, newValues) : (newKeys, newValues);
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
