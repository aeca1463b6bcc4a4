using Trimtab.Tensors;
using Trimtab.Tensors.Ops;

namespace Trimtab.Steering;

/// <summary>An edit behind a gate: x + g · (edit(x) − x) for each row.</summary>
internal static class GatedRows
{
    /// <summary>
    /// The rows with the edit at its factors. Closed rows never reach the edit and keep their bits; open rows have the edit's bits; what becomes of a row does not depend on
    /// the others.
    /// </summary>
    public static Tensor Apply(Tensor rows, CompiledEdit edit, Tensor factors)
    {
        int[] some = [.. Enumerable.Range(0, rows.RowCount).Where(row => factors.Values[row] != 0)];
        if (some.Length == 0)
            return rows;
        bool all = some.Length == rows.RowCount;
        var before = all ? rows : rows.TakeRows(some);
        var after = edit.Apply(before);
        if (ReferenceEquals(before, after))
            return rows;
        var blended = Blend(before, after, all ? factors : factors.Reshape(new Shape(rows.RowCount, 1)).TakeRows(some));
        return all ? blended : rows.ReplaceRows(some, blended);
    }

    private static Tensor Blend(Tensor before, Tensor after, Tensor factors)
    {
        int[] open = [.. Enumerable.Range(0, before.RowCount).Where(row => factors.Values[row] == 1)];
        if (open.Length == before.RowCount)
            return after;
        var blended = before.Add(after.Add(before.Scale(-1)).ScaleRows(factors));
        return open.Length == 0 ? blended : blended.ReplaceRows(open, after.TakeRows(open));
    }
}
