using Trimtab.Tensors.Autograd;
using static Trimtab.Tensors.Ops.OperandChecks;

namespace Trimtab.Tensors.Ops;

/// <summary>Sums, products and bounds of single values, and their gradients.</summary>
public static class ElementwiseOps
{
    extension(Tensor x)
    {
        /// <summary>The sum, elementwise.</summary>
        public Tensor Add(Tensor y)
        {
            RequireSame("Add", x, y);
            var z = x.NewLike(x.Shape);
            x.Backend.Add(x, y, z);
            return x.WantsGradient || y.WantsGradient ? z.MadeBy(new AddNode(x, y)) : z;
        }

        /// <summary>x + a number, elementwise.</summary>
        public Tensor Add(float number)
        {
            var y = x.NewLike(x.Shape);
            System.Numerics.Tensors.TensorPrimitives.Add(x.Values, number, y.Values);
            return x.WantsGradient ? y.MadeBy(new AddNode(x, null)) : y;
        }

        /// <summary>The product, elementwise.</summary>
        public Tensor Multiply(Tensor y)
        {
            RequireSame("Multiply", x, y);
            var z = x.NewLike(x.Shape);
            x.Backend.Multiply(x, y, z);
            return x.WantsGradient || y.WantsGradient ? z.MadeBy(new MultiplyNode(x, y)) : z;
        }

        /// <summary>factor · x.</summary>
        public Tensor Scale(float factor)
        {
            var y = x.NewLike(x.Shape);
            x.Backend.Scale(x, factor, y);
            return x.WantsGradient ? y.MadeBy(new ScaleNode(x, factor)) : y;
        }

        /// <summary>Every value bounded to [minimum, maximum]. Values beyond a bound pass no gradient.</summary>
        public Tensor Clamp(float minimum, float maximum)
        {
            var y = x.NewLike(x.Shape);
            x.Backend.Clamp(x, minimum, maximum, y);
            return x.WantsGradient ? y.MadeBy(new ClampNode(x, minimum, maximum)) : y;
        }
    }

    private sealed class AddNode(Tensor x, Tensor? y) : Node(x, y)
    {
        protected override void Backward(Tensor dy)
        {
            x.Node?.Accumulate(dy);
            y?.Node?.Accumulate(dy);
        }
    }

    private sealed class MultiplyNode(Tensor x, Tensor y) : Node(x, y)
    {
        protected override void Backward(Tensor dy)
        {
            x.Node?.Accumulate(dy.Multiply(y.Region(0, y.Shape)), isFresh: true);
            y.Node?.Accumulate(dy.Multiply(x.Region(0, x.Shape)), isFresh: true);
        }
    }

    private sealed class ScaleNode(Tensor x, float factor) : Node(x)
    {
        protected override void Backward(Tensor dy) => x.Node!.Accumulate(dy.Scale(factor), isFresh: true);
    }

    private sealed class ClampNode(Tensor x, float minimum, float maximum) : Node(x)
    {
        protected override void Backward(Tensor dy)
        {
            var dx = dy.NewLike(dy.Shape);
            ReadOnlySpan<float> values = x.Values, source = dy.Values;
            var target = dx.Values;
            // At a bound itself the gradient passes, as in torch.
            for (int i = 0; i < values.Length; i++)
                target[i] = values[i] >= minimum && values[i] <= maximum ? source[i] : 0;
            x.Node!.Accumulate(dx, isFresh: true);
        }
    }
}
