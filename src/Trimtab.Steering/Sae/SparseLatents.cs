using System.Runtime.InteropServices;
using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Steering.Sae;

/// <summary>The active latents of some rows: for each row their numbers, ascending, and their values. Usually a few dozen of tens of thousands.</summary>
public sealed class SparseLatents
{
    private readonly List<int> _ends, _indices = [];
    private readonly List<float> _values = [];

    internal SparseLatents(int latentCount, int rows) => (LatentCount, _ends) = (latentCount, new List<int>(rows));

    /// <summary>F, active or not.</summary>
    public int LatentCount { get; }

    /// <summary>T.</summary>
    public int RowCount => _ends.Count;

    /// <summary>The active latents of all rows together.</summary>
    public int ActiveCount => _indices.Count;

    /// <summary>The numbers of a row's active latents, ascending.</summary>
    public ReadOnlySpan<int> Indices(int row) => CollectionsMarshal.AsSpan(_indices)[Place(row)];

    /// <summary>Their values, in the same order; none is 0.</summary>
    public ReadOnlySpan<float> Values(int row) => CollectionsMarshal.AsSpan(_values)[Place(row)];

    /// <summary>The value of one latent in a row; 0 where it is not active.</summary>
    public float ValueOf(int row, int latent) => Indices(row).BinarySearch(latent) is >= 0 and var place ? Values(row)[place] : 0;

    /// <summary>The same latents as a tensor [T, F].</summary>
    public Tensor ToDense() => Scatter(Tensor.Zeros(new Shape(RowCount, LatentCount)));

    /// <summary>The active latents of a tensor [T, F].</summary>
    public static SparseLatents Of(Tensor latents)
    {
        var sparse = new SparseLatents(latents.Columns, latents.RowCount);
        for (int row = 0; row < latents.RowCount; row++)
        {
            var values = latents.Row(row);
            for (int latent = 0; latent < values.Length; latent++)
                if (values[latent] != 0)
                    sparse.Add(latent, values[latent]);
            sparse.EndRow();
        }
        return sparse;
    }

    /// <summary>The dense form beside other rows, in their memory.</summary>
    internal Tensor ToDenseBeside(Tensor rows) => Scatter(rows.NewLike(new Shape(RowCount, LatentCount)));

    internal void Add(int latent, float value)
    {
        _indices.Add(latent);
        _values.Add(value);
    }

    internal void EndRow() => _ends.Add(_indices.Count);

    /// <summary>Adds the rows of another piece behind these.</summary>
    internal void Append(SparseLatents rows)
    {
        foreach (int end in rows._ends)
            _ends.Add(_indices.Count + end);
        _indices.AddRange(rows._indices);
        _values.AddRange(rows._values);
    }

    private Range Place(int row) => (row == 0 ? 0 : _ends[row - 1]).._ends[row];

    private Tensor Scatter(Tensor dense)
    {
        for (int row = 0; row < RowCount; row++)
        {
            var target = dense.Row(row);
            target.Clear();
            ReadOnlySpan<int> indices = Indices(row);
            ReadOnlySpan<float> values = Values(row);
            for (int i = 0; i < indices.Length; i++)
                target[indices[i]] = values[i];
        }
        return dense;
    }
}
