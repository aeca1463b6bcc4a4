using Trimtab.Tensors.Autograd;
using static Trimtab.Tensors.Ops.OperandChecks;

namespace Trimtab.Tensors.Ops;

/// <summary>The nonlinear functions and their gradients.</summary>
public static class ActivationOps
{
    extension(Tensor x)
    {
        /// <summary>activation(x), elementwise.</summary>
        public Tensor Activate(Activation activation)
        {
            var y = x.NewLike(x.Shape);
            x.Backend.Activate(x, activation, y);
            return x.WantsGradient ? y.MadeBy(new ActivateNode(x, activation)) : y;
        }

        /// <summary>activation(x) ⊙ up: the gated half of a feed-forward layer.</summary>
        public Tensor Gate(Tensor up, Activation activation)
        {
            RequireSame("Gate", x, up);
            var y = x.NewLike(x.Shape);
            x.Backend.Gate(x, up, activation, y);
            return x.WantsGradient || up.WantsGradient ? y.MadeBy(new GateNode(x, up, activation)) : y;
        }

        /// <summary>cap · tanh(x / cap).</summary>
        public Tensor SoftCap(float cap)
        {
            var y = x.NewLike(x.Shape);
            x.Backend.SoftCap(x, cap, y);
            return x.WantsGradient ? y.MadeBy(new SoftCapNode(x, y, cap)) : y;
        }

        /// <summary>The softmax of each row.</summary>
        public Tensor Softmax()
        {
            var y = x.NewLike(x.Shape);
            x.Backend.Softmax(x, y);
            return x.WantsGradient ? y.MadeBy(new SoftmaxNode(x, y)) : y;
        }
    }

    extension(Tensor dy)
    {
        /// <summary>dy ⊙ activation′(x).</summary>
        public Tensor ActivateGradient(Tensor x, Activation activation)
        {
            RequireSame("ActivateGradient", dy, x);
            var dx = dy.NewLike(x.Shape);
            dy.Backend.ActivateGradient(x, activation, dy, dx);
            return dx;
        }

        /// <summary>The gradients of activation(gate) ⊙ up.</summary>
        public (Tensor Gate, Tensor Up) GateGradient(Tensor gate, Tensor up, Activation activation)
        {
            RequireSame("GateGradient", dy, gate);
            RequireSame("GateGradient", dy, up);
            var (dgate, dup) = (dy.NewLike(gate.Shape), dy.NewLike(up.Shape));
            dy.Backend.GateGradient(gate, up, activation, dy, dgate, dup);
            return (dgate, dup);
        }

        /// <summary>dy ⊙ (1 − (y / cap)²), where y is what the soft-cap gave.</summary>
        public Tensor SoftCapGradient(Tensor y, float cap)
        {
            RequireSame("SoftCapGradient", dy, y);
            var dx = dy.NewLike(y.Shape);
            dy.Backend.SoftCapGradient(y, cap, dy, dx);
            return dx;
        }

        /// <summary>y ⊙ (dy − Σ y ⊙ dy) for each row, where y is what the softmax gave.</summary>
        public Tensor SoftmaxGradient(Tensor y)
        {
            RequireSame("SoftmaxGradient", dy, y);
            var dx = dy.NewLike(y.Shape);
            dy.Backend.SoftmaxGradient(y, dy, dx);
            return dx;
        }
    }

    private sealed class ActivateNode(Tensor x, Activation activation) : Node(x)
    {
        protected override void Backward(Tensor dy) => x.Node!.Accumulate(dy.ActivateGradient(x, activation), isFresh: true);
    }

    private sealed class GateNode(Tensor gate, Tensor up, Activation activation) : Node(gate, up)
    {
        protected override void Backward(Tensor dy)
        {
            var (dgate, dup) = dy.GateGradient(gate, up, activation);
            gate.Node?.Accumulate(dgate, isFresh: true);
            up.Node?.Accumulate(dup, isFresh: true);
        }
    }

    private sealed class SoftCapNode(Tensor x, Tensor y, float cap) : Node(x)
    {
        public override bool ReadsResult => true;

        protected override void Backward(Tensor dy) => x.Node!.Accumulate(dy.SoftCapGradient(y, cap), isFresh: true);
    }

    private sealed class SoftmaxNode(Tensor x, Tensor y) : Node(x)
    {
        public override bool ReadsResult => true;

        protected override void Backward(Tensor dy) => x.Node!.Accumulate(dy.SoftmaxGradient(y), isFresh: true);
    }
}
