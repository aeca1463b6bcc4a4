using System.Buffers;
using Trimtab.Tensors;

namespace Trimtab.Models.Layers;

/// <summary>The rows that use each expert, and with which weight, sorted by expert in one pass over the weights; in rented arrays, whatever the length of the text.</summary>
internal readonly ref struct ExpertRows
{
    private readonly int[] _ends, _rows;
    private readonly float[] _weights;

    /// <summary>Sorts the weights [T, experts]; those that are 0 stand for experts not chosen.</summary>
    public ExpertRows(Tensor weights)
    {
        int experts = weights.Columns;
        var all = weights.Values;
        _ends = ArrayPool<int>.Shared.Rent(experts + 1);
        Array.Clear(_ends);
        for (int i = 0, expert = 0; i < all.Length; i++, expert = expert + 1 == experts ? 0 : expert + 1)
            if (all[i] != 0)
                _ends[expert + 1]++;
        for (int expert = 0; expert < experts; expert++)
            _ends[expert + 1] += _ends[expert];
        (_rows, _weights) = (ArrayPool<int>.Shared.Rent(_ends[experts]), ArrayPool<float>.Shared.Rent(_ends[experts]));
        // Filling moves each expert's begin to its end, which is where the next one begins.
        for (int i = 0, row = 0, expert = 0; i < all.Length; i++)
        {
            if (all[i] != 0)
                (_rows[_ends[expert]], _weights[_ends[expert]++]) = (row, all[i]);
            if (++expert == experts)
                (row, expert) = (row + 1, 0);
        }
    }

    /// <summary>The rows that use an expert, ascending.</summary>
    public ReadOnlySpan<int> Rows(int expert) => _rows.AsSpan(Range(expert));

    /// <summary>The weights of those rows.</summary>
    public ReadOnlySpan<float> Weights(int expert) => _weights.AsSpan(Range(expert));

    /// <summary>Gives the arrays back.</summary>
    public void Dispose()
    {
        ArrayPool<int>.Shared.Return(_ends);
        ArrayPool<int>.Shared.Return(_rows);
        ArrayPool<float>.Shared.Return(_weights);
    }

    private Range Range(int expert) => (expert == 0 ? 0 : _ends[expert - 1]).._ends[expert];
}
