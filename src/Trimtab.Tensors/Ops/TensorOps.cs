using Trimtab.Tensors.Autograd;

namespace Trimtab.Tensors.Ops;

/// <summary>
/// What the operations have in common. The operations themselves are functions on tensors, in one file each with its backward side: each checks its sizes, allocates its
/// result beside its first operand (in that operand's workspace, or in memory of its own) and calls the backend. These are the words that layers, edits and methods
/// are written in.
/// </summary>
public static class TensorOps
{
    extension(Tensor x)
    {
        /// <summary>What computes on this tensor: its workspace's backend, or the processor.</summary>
        public Backend Backend => x.Workspace?.Backend ?? CpuBackend.Shared;

        /// <summary>Whether something trained went into this tensor, so that operations on it must note how they made their results.</summary>
        public bool WantsGradient => x.Node is not null;

        /// <summary>A tensor with undefined contents that lives as long as this one.</summary>
        public Tensor NewLike(in Shape shape) => x.Workspace?.Allocate(shape) ?? Tensor.Zeros(shape);

        /// <summary>A copy beside this tensor, to be changed by the caller. Gradients pass through it.</summary>
        public Tensor Copy()
        {
            var y = x.NewLike(x.Shape);
            x.Values.CopyTo(y.Values);
            return x.WantsGradient ? y.MadeBy(new CopyNode(x)) : y;
        }
    }

    /// <summary>The whole tensor decoded to F32, in memory of its own.</summary>
    public static Tensor Dequantise(Tensor tensor)
    {
        var y = Tensor.Zeros(tensor.Shape);
        for (int row = 0; row < tensor.RowCount; row++)
            Kernels.Quant.RowDecoder.Decode(tensor, row, y.Row(row));
        return y;
    }

    private sealed class CopyNode(Tensor x) : Node(x)
    {
        protected override void Backward(Tensor dy) => x.Node!.Accumulate(dy);
    }
}
