using Trimtab.Tensors.Autograd;
using static Trimtab.Tensors.Ops.OperandChecks;

namespace Trimtab.Tensors.Ops;

/// <summary>Normalisations of rows and their gradients.</summary>
public static class NormOps
{
    extension(Tensor x)
    {
        /// <summary>Root-mean-square norm over groups of weight.Count values: x / √(mean(x²) + eps) · weight.</summary>
        public Tensor RmsNorm(Tensor weight, float eps)
        {
            if (x.Columns % weight.Count != 0)
                throw new TensorException($"RmsNorm: the weight {weight} does not divide the rows of {x}.");
            var y = x.NewLike(x.Shape);
            x.Backend.RmsNorm(x, weight, eps, y);
            return x.WantsGradient || weight.WantsGradient ? y.MadeBy(new RmsNormNode(x, weight, eps)) : y;
        }

        /// <summary>Layer norm of each row: (x − mean) / √(variance + eps) · weight + bias.</summary>
        public Tensor LayerNorm(Tensor weight, Tensor? bias, float eps)
        {
            if (x.Columns != weight.Count || (bias is not null && bias.Count != weight.Count))
                throw new TensorException($"LayerNorm: weight {weight} and bias {Named(bias)} do not fit the rows of {x}.");
            var y = x.NewLike(x.Shape);
            x.Backend.LayerNorm(x, weight, bias, eps, y);
            return x.WantsGradient || weight.WantsGradient || bias is { WantsGradient: true } ? y.MadeBy(new LayerNormNode(x, weight, bias, eps)) : y;
        }

        /// <summary>√(Σ x²) of each row, summed in double precision: [T]. A row of zeros passes no gradient.</summary>
        public Tensor RowLength()
        {
            var y = x.NewLike(new Shape(x.RowCount));
            for (int row = 0; row < x.RowCount; row++)
            {
                double sum = 0;
                foreach (float value in x.Row(row))
                    sum += (double)value * value;
                y.Values[row] = (float)Math.Sqrt(sum);
            }
            return x.WantsGradient ? y.MadeBy(new RowLengthNode(x, y)) : y;
        }
    }

    extension(Tensor dy)
    {
        /// <summary>The gradient of a root-mean-square norm's input; its weight's is added to <paramref name="dweight"/>, where that is given.</summary>
        /// <exception cref="TensorException">The sizes do not fit.</exception>
        public Tensor RmsNormGradient(Tensor x, Tensor weight, float eps, Tensor? dweight = null)
        {
            RequireSame("RmsNormGradient", dy, x);
            Require(x.Columns % weight.Count == 0 && (dweight is null || dweight.Count == weight.Count), "RmsNormGradient",
                $"the weight {weight} or its gradient {Named(dweight)} does not fit the rows of {x}.");
            var dx = dy.NewLike(x.Shape);
            dy.Backend.RmsNormGradient(x, weight, eps, dy, dx, dweight);
            return dx;
        }

        /// <summary>The gradient of a layer norm's input; those of its weight and bias are added to what is given for them.</summary>
        /// <exception cref="TensorException">The sizes do not fit.</exception>
        public Tensor LayerNormGradient(Tensor x, Tensor weight, float eps, Tensor? dweight = null, Tensor? dbias = null)
        {
            RequireSame("LayerNormGradient", dy, x);
            Require(x.Columns == weight.Count && (dweight is null || dweight.Count == weight.Count) && (dbias is null || dbias.Count == weight.Count), "LayerNormGradient",
                $"the weight {weight}, its gradient {Named(dweight)} or the bias's {Named(dbias)} does not fit the rows of {x}.");
            var dx = dy.NewLike(x.Shape);
            dy.Backend.LayerNormGradient(x, weight, eps, dy, dx, dweight, dbias);
            return dx;
        }
    }

    private sealed class RmsNormNode(Tensor x, Tensor weight, float eps) : Node(x, weight)
    {
        protected override void Backward(Tensor dy)
        {
            var dx = dy.RmsNormGradient(x, weight, eps, weight.Node?.Whole(weight, dy));
            x.Node?.Accumulate(dx, isFresh: true);
        }
    }

    private sealed class LayerNormNode(Tensor x, Tensor weight, Tensor? bias, float eps) : Node(x, weight, bias)
    {
        protected override void Backward(Tensor dy)
        {
            var dx = dy.LayerNormGradient(x, weight, eps, weight.Node?.Whole(weight, dy), bias?.Node?.Whole(bias, dy));
            x.Node?.Accumulate(dx, isFresh: true);
        }
    }

    private sealed class RowLengthNode(Tensor x, Tensor y) : Node(x)
    {
        public override bool ReadsResult => true;

        protected override void Backward(Tensor dy)
        {
            var dx = dy.NewLike(x.Shape);
            for (int row = 0; row < x.RowCount; row++)
                System.Numerics.Tensors.TensorPrimitives.Multiply(x.Row(row), y.Values[row] > 0 ? dy.Values[row] / y.Values[row] : 0, dx.Row(row));
            x.Node!.Accumulate(dx, isFresh: true);
        }
    }
}
