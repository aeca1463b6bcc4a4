using Trimtab.Tensors;

namespace Trimtab.Models.Hooks;

/// <summary>Whether the row of the token at <paramref name="position"/> is kept.</summary>
public delegate bool TokenFilter(Sequence sequence, int position);

/// <summary>
/// Keeps activations of chosen tokens at chosen hook points. Memory is what was asked for: rows that the filter leaves out are never copied.
/// </summary>
public sealed class ActivationCapture : IActivationSink
{
    private readonly Dictionary<HookPoint, Rows> _rows;
    private readonly TokenFilter _keeps;

    /// <summary>A capture at <paramref name="points"/> of the tokens that <paramref name="keeps"/> accepts; of all, where it is null.</summary>
    public ActivationCapture(IEnumerable<HookPoint> points, TokenFilter? keeps = null)
    {
        _rows = points.Distinct().ToDictionary(p => p, _ => new Rows());
        _keeps = keeps ?? (static (_, _) => true);
    }

    /// <inheritdoc/>
    public IReadOnlyCollection<HookPoint> Points => _rows.Keys;

    /// <summary>The kept rows at a hook point, [rows, width], in the order they were computed.</summary>
    public Tensor this[HookPoint point] => _rows[point].ToTensor();

    /// <summary>The kept rows of one sequence at a hook point, [rows, width], by ascending position.</summary>
    public Tensor Of(Sequence sequence, HookPoint point) => _rows[point].ToTensor(sequence);

    /// <summary>The sequences and positions of the rows at a hook point.</summary>
    public IReadOnlyList<(Sequence Sequence, int Position)> Tokens(HookPoint point) => _rows[point].Tokens;

    /// <inheritdoc/>
    public void Receive(HookPoint at, Tensor activation, IReadOnlyList<SequenceRows> rows)
    {
        var kept = _rows[at];
        kept.MakeRoom(Count(rows), activation.Columns);
        foreach (var span in rows)
            for (int i = 0; i < span.Count; i++)
                if (_keeps(span.Sequence, span.FirstPosition + i))
                    kept.Add(span.Sequence, span.FirstPosition + i, activation.Row(span.FirstRow + i));
    }

    private int Count(IReadOnlyList<SequenceRows> rows)
    {
        int count = 0;
        foreach (var span in rows)
            for (int i = 0; i < span.Count; i++)
                count += _keeps(span.Sequence, span.FirstPosition + i) ? 1 : 0;
        return count;
    }

    private sealed class Rows
    {
        private float[] _values = [];
        private int _width;

        public List<(Sequence Sequence, int Position)> Tokens { get; } = [];

        /// <summary>Room for so many rows more, in one step: a prompt's rows would otherwise move every time their number doubles.</summary>
        public void MakeRoom(int rows, int width)
        {
            int needed = checked((Tokens.Count + rows) * width);
            if (needed <= _values.Length)
                return;
            var values = GC.AllocateUninitializedArray<float>(Math.Max(needed, Tokens.Count == 0 ? 0 : 2 * _values.Length));
            _values.AsSpan(0, Tokens.Count * _width).CopyTo(values);
            _values = values;
        }

        public void Add(Sequence sequence, int position, ReadOnlySpan<float> row)
        {
            if (Tokens.Count > 0 && row.Length != _width)
                throw new InvalidOperationException($"Capture: a row of {row.Length} values follows rows of {_width}. Capture sites whose width depends on the text in one pass each.");
            _width = row.Length;
            row.CopyTo(_values.AsSpan(Tokens.Count * _width));
            Tokens.Add((sequence, position));
        }

        public Tensor ToTensor() => Tensor.From(_values.AsSpan(0, Tokens.Count * _width), Tokens.Count, _width);

        public Tensor ToTensor(Sequence sequence)
        {
            int[] rows = [.. Enumerable.Range(0, Tokens.Count).Where(i => ReferenceEquals(Tokens[i].Sequence, sequence)).OrderBy(i => Tokens[i].Position)];
            var result = Tensor.Zeros(new Shape(rows.Length, _width));
            for (int i = 0; i < rows.Length; i++)
                _values.AsSpan(rows[i] * _width, _width).CopyTo(result.Row(i));
            return result;
        }
    }
}
