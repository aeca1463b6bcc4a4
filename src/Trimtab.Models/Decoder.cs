using Trimtab.Models.Hooks;
using Trimtab.Models.Layers;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Models;

/// <summary>A transformer's computation: embedding, blocks, final norm, head. Immutable; what differs from call to call is in the <see cref="Pass"/>.</summary>
public sealed record Decoder
{
    /// <summary>The token embeddings [V, D], any element type.</summary>
    public required Tensor Embedding { get; init; }

    /// <summary>Learned position embeddings [positions, D], or null.</summary>
    public Tensor? Positions { get; init; }

    /// <summary>Factor on the embeddings (Gemma: √D).</summary>
    public float EmbeddingScale { get; init; } = 1;

    /// <summary>The blocks.</summary>
    public required IReadOnlyList<Block> Blocks { get; init; }

    /// <summary>The norm before the head.</summary>
    public required INorm FinalNorm { get; init; }

    /// <summary>Makes logits; over the embedding matrix where they are tied.</summary>
    public required Linear Head { get; init; }

    /// <summary>Bound c of c·tanh(logit/c), or 0.</summary>
    public float LogitSoftCap { get; init; }

    /// <summary>Every rotary embedding in use; generation watches their length regimes.</summary>
    public IReadOnlyList<RotaryEmbedding> RotaryEmbeddings { get; init; } = [];

    /// <summary>
    /// Runs the pass's rows: logits of the rows that <paramref name="logitRows"/> names, [n, V]; null where it names none, or where the pass was stopped.
    /// </summary>
    public Tensor? Forward(Pass pass, IReadOnlyList<SequenceRows> logitRows)
    {
        var x = pass.At(Site.Embed, HookPoint.NoLayer, Embed(pass));
        for (int layer = 0; layer < Blocks.Count && !pass.IsStopped; layer++)
            x = pass.EndBlock(Blocks[layer].Forward(x, pass));
        if (pass.IsStopped || (logitRows.Count == 0 && !pass.Wants(Site.FinalNorm, HookPoint.NoLayer)))
            return null;
        x = pass.At(Site.FinalNorm, HookPoint.NoLayer, FinalNorm.Forward(x));
        return pass.IsStopped || logitRows.Count == 0 ? null : Logits(x, pass, logitRows);
    }

    private Tensor Embed(Pass pass)
    {
        Span<int> ids = pass.RowCount <= 256 ? stackalloc int[pass.RowCount] : new int[pass.RowCount];
        Span<int> positions = pass.RowCount <= 256 ? stackalloc int[pass.RowCount] : new int[pass.RowCount];
        foreach (var span in pass.Rows)
        {
            span.Sequence.IdSpan.Slice(span.FirstPosition, span.Count).CopyTo(ids[span.FirstRow..]);
            for (int i = 0; i < span.Count; i++)
                positions[span.FirstRow + i] = span.FirstPosition + i;
        }
        var x = RowOps.Gather(pass.Workspace, Embedding, ids);
        if (EmbeddingScale != 1)
            x = x.Scale(EmbeddingScale);
        return Positions is null ? x : x.Add(RowOps.Gather(pass.Workspace, Positions, positions));
    }

    // The head is the largest product of the model: rows whose logits nobody wants are left away before it.
    private Tensor Logits(Tensor x, Pass pass, IReadOnlyList<SequenceRows> rows)
    {
        int count = rows.Sum(span => span.Count);
        if (count < pass.RowCount)
            x = x.TakeRows([.. rows.SelectMany(span => RowsOf(pass, span))]);
        var logits = Head.Forward(x);
        if (LogitSoftCap > 0)
            logits = logits.SoftCap(LogitSoftCap);
        return pass.AtLogits(logits, rows);
    }

    private static IEnumerable<int> RowsOf(Pass pass, SequenceRows wanted)
    {
        var span = pass.Rows.First(s => ReferenceEquals(s.Sequence, wanted.Sequence));
        return Enumerable.Range(span.FirstRow + wanted.FirstPosition - span.FirstPosition, wanted.Count);
    }
}
