using Trimtab.Tensors.Autograd;
using static Trimtab.Tensors.Ops.OperandChecks;

namespace Trimtab.Tensors.Ops;

/// <summary>Losses and their gradients.</summary>
public static class LossOps
{
    extension(Tensor logits)
    {
        /// <summary>
        /// The mean cross-entropy of rows of logits [T, V] with tokens, in nats, over the rows whose target is not −1; and its gradient, written to
        /// <paramref name="dlogits"/> where that is given (it may be the logits). 0 where all rows are masked.
        /// </summary>
        /// <exception cref="TensorException">The sizes do not fit, or a target is neither −1 nor in the vocabulary.</exception>
        public double CrossEntropy(ReadOnlySpan<int> targets, Tensor? dlogits = null)
        {
            int count = RequireTargets(logits, targets);
            if (dlogits is not null)
                RequireSame("CrossEntropy", logits, dlogits);
            double sum = Sum(logits, targets, count == 0 ? 0 : 1f / count, dlogits);
            return count == 0 ? 0 : sum / count;
        }

        /// <summary>
        /// scale · Σ cross-entropy over the rows whose target is not −1, as a tensor [1] to send gradients back from. The logits are written over where something trained went
        /// into them: their gradient is made while they are at hand.
        /// </summary>
        /// <param name="targets">A token for each row, or −1 to leave the row out.</param>
        /// <param name="scale">The weight of a row, such as 1 / (rows that count in the whole step).</param>
        /// <exception cref="TensorException">The sizes do not fit, or a target is neither −1 nor in the vocabulary.</exception>
        public Tensor CrossEntropyLoss(ReadOnlySpan<int> targets, float scale)
        {
            RequireTargets(logits, targets);
            var loss = logits.NewLike(new Shape(1));
            if (logits.Node is not { } node)
            {
                loss.Values[0] = (float)(scale * Sum(logits, targets, scale, dlogits: null));
                return loss;
            }
            var dlogits = node.ReadsResult ? logits.NewLike(logits.Shape) : logits;
            loss.Values[0] = (float)(scale * Sum(logits, targets, scale, dlogits));
            return loss.MadeBy(new CrossEntropyNode(logits, dlogits));
        }
    }

    private static double Sum(Tensor logits, ReadOnlySpan<int> targets, float scale, Tensor? dlogits)
    {
        var losses = logits.NewLike(new Shape(logits.RowCount));
        logits.Backend.CrossEntropy(logits, targets, scale, losses, dlogits);
        double sum = 0;
        foreach (float loss in losses.Values)
            sum += loss;
        return sum;
    }

    private static int RequireTargets(Tensor logits, ReadOnlySpan<int> targets)
    {
        Require(targets.Length == logits.RowCount, "CrossEntropy", $"{targets.Length} targets for {logits}. Every row needs one; −1 masks a row.");
        int count = 0;
        foreach (int target in targets)
        {
            Require(target >= -1 && target < logits.Columns, "CrossEntropy", $"target {target} lies outside the {logits.Columns} logits of a row. Targets must be 0 … {logits.Columns - 1}, or −1 for a masked row.");
            count += target < 0 ? 0 : 1;
        }
        return count;
    }

    private sealed class CrossEntropyNode(Tensor logits, Tensor dlogits) : Node(logits)
    {
        protected override void Backward(Tensor dy)
        {
            float factor = dy.Values[0];
            var gradient = dlogits.Region(0, dlogits.Shape);
            if (factor != 1)
                gradient.Backend.Scale(gradient, factor, gradient);
            logits.Node!.Accumulate(gradient, isFresh: true);
        }
    }
}
