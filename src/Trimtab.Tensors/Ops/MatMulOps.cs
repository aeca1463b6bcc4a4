using Trimtab.Tensors.Autograd;
using static Trimtab.Tensors.Ops.OperandChecks;

namespace Trimtab.Tensors.Ops;

/// <summary>Matrix products and their gradients: dx = dy · W, dW = dyᵀ · x, db = Σ dy over rows.</summary>
public static class MatMulOps
{
    extension(Tensor x)
    {
        /// <summary>x · Wᵀ + bias: x [.., K], W [N, K], result [.., N].</summary>
        public Tensor MatMul(Tensor weight, Tensor? bias = null)
        {
            if (weight.Shape.Rank != 2 || x.Columns != weight.Columns || (bias is not null && bias.Count != weight.Shape[0]))
                throw new TensorException($"MatMul: inner sizes differ — x {x}, weight {weight}, bias {Named(bias)}. The last axes of x and weight must match, and the bias the weight's first.");
            var y = x.NewLike(x.Shape.WithLast(weight.Shape[0]));
            x.Backend.MatMul(x, weight, bias, y);
            return x.WantsGradient || weight.WantsGradient || bias is { WantsGradient: true } ? y.MadeBy(new MatMulNode(x, weight, bias, inputMajor: false)) : y;
        }

        /// <summary>x · W + bias: x [.., K], W [K, N], result [.., N].</summary>
        public Tensor MatMulUntransposed(Tensor weight, Tensor? bias = null)
        {
            if (weight.Shape.Rank != 2 || x.Columns != weight.Shape[0] || (bias is not null && bias.Count != weight.Columns))
                throw new TensorException($"MatMul: inner sizes differ — x {x}, untransposed weight {weight}, bias {Named(bias)}. The last axis of x must match the weight's first, and the bias its last.");
            var y = x.NewLike(x.Shape.WithLast(weight.Columns));
            x.Backend.MatMulUntransposed(x, weight, bias, y);
            return x.WantsGradient || weight.WantsGradient || bias is { WantsGradient: true } ? y.MadeBy(new MatMulNode(x, weight, bias, inputMajor: true)) : y;
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
                throw new TensorException($"MatMul: inner sizes differ — x {x}, weight {weight}, bias {Named(bias)}. The last axes of x and weight must match, and the bias the weight's first.");
            var y = x.NewLike(x.Shape.WithLast(weight.Outputs));
            return new Product(weight, bias, x.WantsGradient ? y.MadeBy(new FrozenMatMulNode(x, weight)) : y);
        }
    }

    extension(Tensor dy)
    {
        /// <summary>dy · W, the gradient of what went into a product with a packed weight: dy [.., N], W [N, K], result [.., K].</summary>
        /// <exception cref="TensorException">The rows of dy are not as long as the weight has outputs.</exception>
        public Tensor MatMulInputGradient(PackedWeight weight)
        {
            Require(dy.Columns == weight.Outputs, "MatMulInputGradient", $"sizes differ — gradient {dy}, weight {weight}. The gradient's last axis must be the weight's outputs.");
            var dx = dy.NewLike(dy.Shape.WithLast(weight.Inner));
            dy.Backend.MatMulInputGradient(dy, weight, dx);
            return dx;
        }

        /// <summary>Adds dyᵀ · x, the gradient of a product's weight, to dW: dy [.., N], x [.., K], dW [N, K].</summary>
        /// <exception cref="TensorException">The sizes do not fit.</exception>
        public void AddMatMulWeightGradient(Tensor x, Tensor dw)
        {
            Require(dy.RowCount == x.RowCount && dw.Shape == new Shape(dy.Columns, x.Columns), "MatMulWeightGradient",
                $"sizes differ — gradient {dy}, input {x}, weight's gradient {dw}. The first two need equally many rows, the third the shape [{dy.Columns}, {x.Columns}].");
            dy.Backend.MatMulWeightGradient(dy, x, dw, add: true);
        }

        /// <summary>Σ dy over its rows, weighted where <paramref name="weights"/> [T, 1] are given: a product of one row, result as <paramref name="sum"/> [columns].</summary>
        internal void SumRows(Tensor? weights, Tensor sum, bool add)
        {
            if (weights is null)
            {
                weights = dy.NewLike(new Shape(dy.RowCount, 1));
                weights.Values.Fill(1);
            }
            dy.Backend.MatMulWeightGradient(weights, dy, sum.Reshape(new Shape(1, dy.Columns)), add);
        }
    }

    private sealed class FrozenMatMulNode(Tensor x, PackedWeight weight) : Node(x)
    {
        protected override void Backward(Tensor dy)
        {
            var dx = x.Node!.Target(x, dy, out bool add);
            dy.Backend.MatMulInputGradient(dy, weight, dx, add);
        }
    }

    private sealed class MatMulNode(Tensor x, Tensor weight, Tensor? bias, bool inputMajor) : Node(x, weight, bias)
    {
        protected override void Backward(Tensor dy)
        {
            if (x.Node is { } input)
                InputGradient(dy, input.Target(x, dy, out bool addInput), addInput);
            if (weight.Node is { } trained)
            {
                var dw = trained.Target(weight, dy, out bool add);
                if (inputMajor)
                    dy.Backend.MatMulWeightGradient(x, dy, dw, add);
                else
                    dy.Backend.MatMulWeightGradient(dy, x, dw, add);
            }
            if (bias?.Node is { } offset)
                dy.SumRows(null, offset.Target(bias, dy, out bool addBias), addBias);
        }

        private void InputGradient(Tensor dy, Tensor dx, bool add)
        {
            if (inputMajor)
                dy.Backend.MatMul(dy, weight, null, dx, add);
            else
                dy.Backend.MatMulUntransposed(dy, weight, null, dx, add);
        }
    }
}
