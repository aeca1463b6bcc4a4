using Trimtab.Tensors.Autograd;
using static Trimtab.Tensors.Ops.OperandChecks;

namespace Trimtab.Tensors.Ops;

/// <summary>Reading and writing along a direction: inner products of rows with it and multiples of it added to rows, and their gradients.</summary>
public static class DirectionOps
{
    extension(Tensor x)
    {
        /// <summary>The inner product of each row with v: [T].</summary>
        public Tensor RowDot(Tensor v)
        {
            RequireRow("RowDot", x, v);
            var y = x.NewLike(new Shape(x.RowCount));
            x.Backend.RowDot(x, v, y);
            return x.WantsGradient || v.WantsGradient ? y.MadeBy(new RowDotNode(x, v)) : y;
        }

        /// <summary>x + coefficient · v on every row.</summary>
        public Tensor AddScaled(Tensor v, float coefficient)
        {
            RequireRow("AddScaled", x, v);
            var z = x.NewLike(x.Shape);
            x.Backend.AddOuter(x, v, [coefficient], z);
            return x.WantsGradient || v.WantsGradient ? z.MadeBy(new AddScaledNode(x, v, coefficient)) : z;
        }

        /// <summary>x[t] + coefficients[t] · v on row t: coefficients [T].</summary>
        public Tensor AddOuter(Tensor v, Tensor coefficients)
        {
            RequireRow("AddOuter", x, v);
            if (coefficients.Count != x.RowCount)
                throw new TensorException($"AddOuter: {coefficients.Count} coefficients for {x} — one for each row is needed.");
            var z = x.NewLike(x.Shape);
            x.Backend.AddOuter(x, v, coefficients.Values, z);
            return x.WantsGradient || v.WantsGradient || coefficients.WantsGradient ? z.MadeBy(new AddOuterNode(x, v, coefficients)) : z;
        }
    }

    private sealed class RowDotNode(Tensor x, Tensor v) : Node(x, v)
    {
        protected override void Backward(Tensor dy)
        {
            if (x.Node is { } rows)
            {
                var dx = rows.Whole(x, dy);
                dy.Backend.AddOuter(dx, v, dy.Values, dx);
            }
            if (v.Node is { } direction)
                x.SumRows(dy.Reshape(new Shape(x.RowCount, 1)), direction.Target(v, dy, out bool add), add);
        }
    }

    private sealed class AddScaledNode(Tensor x, Tensor v, float coefficient) : Node(x, v)
    {
        protected override void Backward(Tensor dy)
        {
            x.Node?.Accumulate(dy);
            if (v.Node is not { } direction)
                return;
            var sum = dy.NewLike(v.Shape);
            dy.SumRows(null, sum, add: false);
            direction.Accumulate(sum.Scale(coefficient), isFresh: true);
        }
    }

    private sealed class AddOuterNode(Tensor x, Tensor v, Tensor coefficients) : Node(x, v, coefficients)
    {
        protected override void Backward(Tensor dy)
        {
            x.Node?.Accumulate(dy);
            if (coefficients.Node is { } factors)
                factors.Accumulate(dy.RowDot(v.Region(0, v.Shape)).Reshape(coefficients.Shape), isFresh: true);
            if (v.Node is { } direction)
                dy.SumRows(coefficients.Region(0, new Shape(dy.RowCount, 1)), direction.Target(v, dy, out bool add), add);
        }
    }
}
