using Trimtab.Tensors.Storage;

namespace Trimtab.Tensors.Ops;

/// <summary>
/// The operations as functions: each checks its sizes, allocates its result beside its first operand (in that operand's workspace, or in memory of its own) and
/// calls the backend. These are the words that layers, edits and methods are written in.
/// </summary>
public static class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>What computes on this tensor: its workspace's backend, or the processor.</summary>
        public Backend Backend => x.Workspace?.Backend ?? CpuBackend.Shared;

        /// <summary>A tensor with undefined contents that lives as long as this one.</summary>
        public Tensor NewLike(in Shape shape) => x.Workspace?.Allocate(shape) ?? Tensor.Zeros(shape);

        /// <summary>x · Wᵀ + bias: x [.., K], W [N, K], result [.., N].</summary>
        public Tensor MatMul(Tensor weight, Tensor? bias = null)
        {
            if (weight.Shape.Rank != 2 || x.Columns != weight.Columns || (bias is not null && bias.Count != weight.Shape[0]))
                throw new TensorException($"MatMul: inner sizes differ — x {x}, weight {weight}, bias {bias?.ToString() ?? "none"}. The last axes of x and weight must match, and the bias the weight's first.");
            var y = x.NewLike(x.Shape.WithLast(weight.Shape[0]));
            x.Backend.MatMul(x, weight, bias, y);
            return y;
        }

        /// <summary>x · Wᵀ + bias with a packed weight: x [.., K], W [N, K], result [.., N].</summary>
        public Tensor MatMul(PackedWeight weight, Tensor? bias = null)
        {
            var product = x.ProductWith(weight, bias);
            x.Backend.MatMul(x, product);
            return product.Output;
        }

        /// <summary>The product of these rows with a packed weight, its output allocated and not yet computed: several of them make one <see cref="Backend.MatMul(Tensor, ReadOnlySpan{Product})"/>.</summary>
        public Product ProductWith(PackedWeight weight, Tensor? bias = null)
        {
            if (x.Columns != weight.Inner || (bias is not null && bias.Count != weight.Outputs))
                throw new TensorException($"MatMul: inner sizes differ — x {x}, weight {weight}, bias {bias?.ToString() ?? "none"}. The last axes of x and weight must match, and the bias the weight's first.");
            return new Product(weight, bias, x.NewLike(x.Shape.WithLast(weight.Outputs)));
        }

        /// <summary>x · W + bias: x [.., K], W [K, N], result [.., N].</summary>
        public Tensor MatMulUntransposed(Tensor weight, Tensor? bias = null)
        {
            if (weight.Shape.Rank != 2 || x.Columns != weight.Shape[0] || (bias is not null && bias.Count != weight.Columns))
                throw new TensorException($"MatMul: inner sizes differ — x {x}, untransposed weight {weight}, bias {bias?.ToString() ?? "none"}. The last axis of x must match the weight's first, and the bias its last.");
            var y = x.NewLike(x.Shape.WithLast(weight.Columns));
            x.Backend.MatMulUntransposed(x, weight, bias, y);
            return y;
        }

        /// <summary>Root-mean-square norm over groups of weight.Count values: x / √(mean(x²) + eps) · weight.</summary>
        public Tensor RmsNorm(Tensor weight, float eps)
        {
            if (x.Columns % weight.Count != 0)
                throw new TensorException($"RmsNorm: the weight {weight} does not divide the rows of {x}.");
            var y = x.NewLike(x.Shape);
            x.Backend.RmsNorm(x, weight, eps, y);
            return y;
        }

        /// <summary>Layer norm of each row: (x − mean) / √(variance + eps) · weight + bias.</summary>
        public Tensor LayerNorm(Tensor weight, Tensor? bias, float eps)
        {
            if (x.Columns != weight.Count || (bias is not null && bias.Count != weight.Count))
                throw new TensorException($"LayerNorm: weight {weight} and bias {bias?.ToString() ?? "none"} do not fit the rows of {x}.");
            var y = x.NewLike(x.Shape);
            x.Backend.LayerNorm(x, weight, bias, eps, y);
            return y;
        }

        /// <summary>The sum, elementwise.</summary>
        public Tensor Add(Tensor y)
        {
            RequireSame("Add", x, y);
            var z = x.NewLike(x.Shape);
            x.Backend.Add(x, y, z);
            return z;
        }

        /// <summary>The product, elementwise.</summary>
        public Tensor Multiply(Tensor y)
        {
            RequireSame("Multiply", x, y);
            var z = x.NewLike(x.Shape);
            x.Backend.Multiply(x, y, z);
            return z;
        }

        /// <summary>factor · x.</summary>
        public Tensor Scale(float factor)
        {
            var y = x.NewLike(x.Shape);
            x.Backend.Scale(x, factor, y);
            return y;
        }

        /// <summary>activation(x), elementwise.</summary>
        public Tensor Activate(Activation activation)
        {
            var y = x.NewLike(x.Shape);
            x.Backend.Activate(x, activation, y);
            return y;
        }

        /// <summary>activation(x) ⊙ up: the gated half of a feed-forward layer.</summary>
        public Tensor Gate(Tensor up, Activation activation)
        {
            RequireSame("Gate", x, up);
            var y = x.NewLike(x.Shape);
            x.Backend.Gate(x, up, activation, y);
            return y;
        }

        /// <summary>cap · tanh(x / cap).</summary>
        public Tensor SoftCap(float cap)
        {
            var y = x.NewLike(x.Shape);
            x.Backend.SoftCap(x, cap, y);
            return y;
        }

        /// <summary>Every value bounded to [minimum, maximum].</summary>
        public Tensor Clamp(float minimum, float maximum)
        {
            var y = x.NewLike(x.Shape);
            x.Backend.Clamp(x, minimum, maximum, y);
            return y;
        }

        /// <summary>The softmax of each row.</summary>
        public Tensor Softmax()
        {
            var y = x.NewLike(x.Shape);
            x.Backend.Softmax(x, y);
            return y;
        }

        /// <summary>The inner product of each row with v: [T].</summary>
        public Tensor RowDot(Tensor v)
        {
            RequireRow("RowDot", x, v);
            var y = x.NewLike(new Shape(x.RowCount));
            x.Backend.RowDot(x, v, y);
            return y;
        }

        /// <summary>x + coefficient · v on every row.</summary>
        public Tensor AddScaled(Tensor v, float coefficient) => x.AddOuter(v, [coefficient]);

        /// <summary>x[t] + coefficients[t] · v on row t; one coefficient serves all rows.</summary>
        public Tensor AddOuter(Tensor v, ReadOnlySpan<float> coefficients)
        {
            RequireRow("AddOuter", x, v);
            if (coefficients.Length != 1 && coefficients.Length != x.RowCount)
                throw new TensorException($"AddOuter: {coefficients.Length} coefficients for {x} — one, or one for each row, is needed.");
            var z = x.NewLike(x.Shape);
            x.Backend.AddOuter(x, v, coefficients, z);
            return z;
        }

        /// <summary>Columns <paramref name="start"/> … start + count − 1 of every row, copied.</summary>
        public Tensor TakeColumns(int start, int count)
        {
            if (start < 0 || count < 0 || start > x.Columns - count)
                throw new TensorException($"Columns: {count} columns from {start} lie outside {x}.");
            var y = x.NewLike(x.Shape.WithLast(count));
            for (int row = 0; row < x.RowCount; row++)
                x.Row(row).Slice(start, count).CopyTo(y.Row(row));
            return y;
        }

        /// <summary>The given rows, copied, in the given order: [rows.Length, D].</summary>
        public Tensor TakeRows(ReadOnlySpan<int> rows)
        {
            foreach (int row in rows)
                if ((uint)row >= (uint)x.RowCount)
                    throw new TensorException($"Rows: row {row} lies outside {x}, which has {x.RowCount}.");
            var y = x.NewLike(new Shape(rows.Length, x.Columns));
            for (int i = 0; i < rows.Length; i++)
                x.Row(rows[i]).CopyTo(y.Row(i));
            return y;
        }

        /// <summary>A copy beside this tensor, to be changed by the caller.</summary>
        public Tensor Copy()
        {
            var y = x.NewLike(x.Shape);
            x.Values.CopyTo(y.Values);
            return y;
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
        return y;
    }

    /// <summary>The whole tensor decoded to F32, in memory of its own.</summary>
    public static Tensor Dequantise(Tensor tensor)
    {
        var y = Tensor.Zeros(tensor.Shape);
        for (int row = 0; row < tensor.RowCount; row++)
            Kernels.Quant.RowDecoder.Decode(tensor, row, y.Row(row));
        return y;
    }

    private static void RequireSame(string operation, Tensor x, Tensor y)
    {
        if (x.Shape != y.Shape)
            throw new TensorException($"{operation}: shapes differ — {x} and {y}.");
    }

    private static void RequireRow(string operation, Tensor x, Tensor v)
    {
        if (v.Shape.Rank != 1 || v.Count != x.Columns)
            throw new TensorException($"{operation}: the direction {v} does not fit the rows of {x}. Its length must be the size of the last axis.");
    }
}
