using System.Numerics.Tensors;
using Trimtab.Tensors.Autograd;
using Trimtab.Tensors.Storage;
using static Trimtab.Tensors.Ops.OperandChecks;

namespace Trimtab.Tensors.Ops;

/// <summary>Rows and columns picked, put together and scaled, and the gradients of that.</summary>
public static class RowOps
{
    extension(Tensor x)
    {
        /// <summary>The given rows, copied, in the given order: [rows.Length, D].</summary>
        public Tensor TakeRows(ReadOnlySpan<int> rows)
        {
            foreach (int row in rows)
                if ((uint)row >= (uint)x.RowCount)
                    throw new TensorException($"Rows: row {row} lies outside {x}, which has {x.RowCount}.");
            var y = x.NewLike(new Shape(rows.Length, x.Columns));
            for (int i = 0; i < rows.Length; i++)
                x.Row(rows[i]).CopyTo(y.Row(i));
            return x.WantsGradient ? y.MadeBy(new TakeRowsNode(x, rows.ToArray())) : y;
        }

        /// <summary>x with some rows, each named once, replaced by those of <paramref name="values"/> [rows.Length, D].</summary>
        public Tensor ReplaceRows(ReadOnlySpan<int> rows, Tensor values)
        {
            Require(values.RowCount == rows.Length && values.Columns == x.Columns, "ReplaceRows", $"{rows.Length} rows of {x} cannot be replaced by {values}.");
            var y = x.NewLike(x.Shape);
            x.Values.CopyTo(y.Values);
            for (int i = 0; i < rows.Length; i++)
                values.Row(i).CopyTo(y.Row(rows[i]));
            return x.WantsGradient || values.WantsGradient ? y.MadeBy(new ReplaceRowsNode(x, rows.ToArray(), values)) : y;
        }

        /// <summary>Columns <paramref name="start"/> … start + count − 1 of every row, copied.</summary>
        public Tensor TakeColumns(int start, int count)
        {
            if (start < 0 || count < 0 || start > x.Columns - count)
                throw new TensorException($"Columns: {count} columns from {start} lie outside {x}.");
            var y = x.NewLike(x.Shape.WithLast(count));
            for (int row = 0; row < x.RowCount; row++)
                x.Row(row).Slice(start, count).CopyTo(y.Row(row));
            return x.WantsGradient ? y.MadeBy(new TakeColumnsNode(x, start)) : y;
        }

        /// <summary>Each row of x, then the same row of <paramref name="y"/>: [T, columns of both].</summary>
        public Tensor JoinColumns(Tensor y)
        {
            Require(x.RowCount == y.RowCount, "JoinColumns", $"{x} and {y} have different numbers of rows.");
            var z = x.NewLike(x.Shape.WithLast(x.Columns + y.Columns));
            for (int row = 0; row < x.RowCount; row++)
            {
                x.Row(row).CopyTo(z.Row(row));
                y.Row(row).CopyTo(z.Row(row)[x.Columns..]);
            }
            return x.WantsGradient || y.WantsGradient ? z.MadeBy(new JoinColumnsNode(x, y)) : z;
        }

        /// <summary>factors[t] · x[t]: factors of one value for each row.</summary>
        public Tensor ScaleRows(Tensor factors)
        {
            Require(factors.Count == x.RowCount, "ScaleRows", $"{factors} does not hold one factor for each row of {x}.");
            var y = x.NewLike(x.Shape);
            ScaledRows(x, factors, y);
            return x.WantsGradient || factors.WantsGradient ? y.MadeBy(new ScaleRowsNode(x, factors)) : y;
        }
    }

    extension(Tensor dy)
    {
        /// <summary>Adds dy[t] to row ids[t] of a table's gradient [V, D], in the order of t.</summary>
        /// <exception cref="TensorException">An id lies outside the table, or the sizes do not fit.</exception>
        public void AddGatherGradient(ReadOnlySpan<int> ids, Tensor dtable)
        {
            Require(ids.Length == dy.RowCount && dtable.Columns == dy.Columns, "GatherGradient", $"{ids.Length} ids and the gradient {dy} do not fit the table's gradient {dtable}.");
            foreach (int id in ids)
                Require((uint)id < (uint)dtable.RowCount, "GatherGradient", $"id {id} lies outside the table's gradient {dtable}. Ids must be 0 … {dtable.RowCount - 1}.");
            dy.Backend.GatherGradient(dy, ids, dtable);
        }
    }

    /// <summary>Rows of an embedding table, decoded to F32 in the workspace: table [V, D], result [ids.Length, D].</summary>
    /// <exception cref="TensorException">An id lies outside the table.</exception>
    public static Tensor Gather(Workspace workspace, Tensor table, ReadOnlySpan<int> ids)
    {
        foreach (int id in ids)
            if ((uint)id >= (uint)table.Shape[0])
                throw new TensorException($"Gather: id {id} lies outside the table {table}. Ids must be 0 … {table.Shape[0] - 1}.");
        var y = workspace.Allocate(new Shape(ids.Length, table.Columns));
        workspace.Backend.Gather(table, ids, y);
        return table.WantsGradient ? y.MadeBy(new TakeRowsNode(table, ids.ToArray())) : y;
    }

    private static void ScaledRows(Tensor x, Tensor factors, Tensor y)
    {
        for (int row = 0; row < x.RowCount; row++)
            TensorPrimitives.Multiply(x.Row(row), factors.Values[row], y.Row(row));
    }

    private sealed class TakeRowsNode(Tensor x, int[] rows) : Node(x)
    {
        protected override void Backward(Tensor dy) => dy.AddGatherGradient(rows, x.Node!.Whole(x, dy));
    }

    private sealed class ReplaceRowsNode(Tensor x, int[] rows, Tensor values) : Node(x, values)
    {
        protected override void Backward(Tensor dy)
        {
            values.Node?.Accumulate(dy.TakeRows(rows), isFresh: true);
            if (x.Node is null)
                return;
            var dx = dy.Copy();
            foreach (int row in rows)
                dx.Row(row).Clear();
            x.Node.Accumulate(dx, isFresh: true);
        }
    }

    private sealed class TakeColumnsNode(Tensor x, int start) : Node(x)
    {
        protected override void Backward(Tensor dy)
        {
            var dx = x.Node!.Whole(x, dy);
            for (int row = 0; row < dy.RowCount; row++)
            {
                var part = dx.Row(row).Slice(start, dy.Columns);
                TensorPrimitives.Add(part, dy.Row(row), part);
            }
        }
    }

    private sealed class JoinColumnsNode(Tensor x, Tensor y) : Node(x, y)
    {
        protected override void Backward(Tensor dy)
        {
            x.Node?.Accumulate(dy.TakeColumns(0, x.Columns).Reshape(x.Shape), isFresh: true);
            y.Node?.Accumulate(dy.TakeColumns(x.Columns, y.Columns).Reshape(y.Shape), isFresh: true);
        }
    }

    private sealed class ScaleRowsNode(Tensor x, Tensor factors) : Node(x, factors)
    {
        protected override void Backward(Tensor dy)
        {
            if (factors.Node is { } node)
            {
                var dfactors = dy.NewLike(factors.Shape);
                for (int row = 0; row < dy.RowCount; row++)
                    dfactors.Values[row] = TensorPrimitives.Dot(dy.Row(row), x.Row(row));
                node.Accumulate(dfactors, isFresh: true);
            }
            if (x.Node is null)
                return;
            var dx = dy.NewLike(dy.Shape);
            ScaledRows(dy, factors, dx);
            x.Node.Accumulate(dx, isFresh: true);
        }
    }
}
