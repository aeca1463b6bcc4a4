using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Models.Hooks;

/// <summary>What happens at which hook point during a run: the edits of every sequence, the sinks, and where to stop. Built once for a run and shared by its passes.</summary>
public sealed class HookTable
{
    private readonly HookVisit?[] _visits;

    /// <summary>The table of a run over <paramref name="sequences"/> through a model with <paramref name="layers"/> blocks.</summary>
    public HookTable(int layers, IEnumerable<Sequence> sequences, IEnumerable<IActivationSink>? sinks = null, HookPoint? stopAfter = null)
    {
        _visits = new HookVisit?[(layers + 1) * Sites.Count];
        foreach (var sequence in sequences)
            for (int i = 0; i < (sequence.Steering?.Edits.Count ?? 0); i++)
                Visit(sequence.Steering!.Edits[i].At).Add(sequence, i);
        foreach (var sink in sinks ?? [])
            foreach (var point in sink.Points)
                Visit(point).Add(sink);
        if (stopAfter is { } last)
            Visit(last).StopsPass = true;
    }

    internal HookVisit? this[Site site, int layer] => _visits[(layer + 1) * Sites.Count + (int)site];

    private HookVisit Visit(HookPoint point) => _visits[(point.Layer + 1) * Sites.Count + (int)point.Site] ??= new HookVisit(point);
}

/// <summary>Everything that happens at one hook point: edits first, sinks after them.</summary>
internal sealed class HookVisit(HookPoint at)
{
    private readonly Dictionary<Sequence, List<int>> _edits = [];
    private readonly List<IActivationSink> _sinks = [];

    public bool StopsPass { get; set; }

    public void Add(Sequence sequence, int edit)
    {
        if (!_edits.TryGetValue(sequence, out var edits))
            _edits.Add(sequence, edits = []);
        edits.Add(edit);
    }

    public void Add(IActivationSink sink) => _sinks.Add(sink);

    public Tensor Run(Tensor x, IReadOnlyList<SequenceRows> rows)
    {
        // Others may hold the activation that comes in: the first edit of some of its rows copies it, the next ones write into the copy.
        bool isCopy = false;
        foreach (var span in rows)
            if (_edits.TryGetValue(span.Sequence, out var edits))
                foreach (int edit in edits)
                    x = Apply(edit, span, x, ref isCopy);
        foreach (var sink in _sinks)
            sink.Receive(at, x, rows);
        return x;
    }

    private static Tensor Apply(int index, in SequenceRows span, Tensor x, ref bool isCopy)
    {
        var edit = span.Sequence.Steering!.Edits[index];
        Span<int> selected = span.Count <= 256 ? stackalloc int[span.Count] : new int[span.Count];
        int count = 0;
        for (int i = 0; i < span.Count; i++)
            if (edit.Selects(span.FirstPosition + i, span.Sequence.PromptLength))
                selected[count++] = span.FirstRow + i;
        if (count == 0)
            return x;
        span.Sequence.MarkFired(index);
        selected = selected[..count];
        if (count == x.Shape[0])
        {
            isCopy = false;
            return Edited(edit, x);
        }
        var before = x.TakeRows(selected);
        var after = Edited(edit, before);
        if (ReferenceEquals(before, after))
            return x;
        if (x.WantsGradient || after.WantsGradient)
            return x.ReplaceRows(selected, after);
        var target = isCopy ? x : x.Copy();
        isCopy = true;
        for (int i = 0; i < count; i++)
            after.Row(i).CopyTo(target.Row(selected[i]));
        return target;
    }

    private static Tensor Edited(IRowEdit edit, Tensor rows)
    {
        var result = edit.Apply(rows);
        if (result.Shape != rows.Shape || result.DType != rows.DType)
            throw new SteeringException($"Steering: {edit.Description} made {result} of the rows {rows}. An edit must keep their shape.");
        if (ReferenceEquals(result.Workspace, rows.Workspace))
            return result;
        // An edit may answer with a tensor of its own; everything computed from it would then leave the workspace as well.
        if (result.WantsGradient)
            throw new SteeringException($"Training: {edit.Description} answers with memory of its own, through which gradients cannot find back. Make its result by operations on the rows.");
        var inside = rows.NewLike(rows.Shape);
        result.CopyTo(inside);
        return inside;
    }
}
