using Trimtab.Tensors.Ops;

namespace Trimtab.Tensors.Autograd;

/// <summary>Sends a gradient back through the computation of a value.</summary>
public static class Backpropagation
{
    /// <summary>
    /// Adds the gradient of <paramref name="y"/> with respect to every <see cref="Parameter"/> that it was computed from to theirs. The order of all sums follows from the
    /// computation alone, so that the same computation gives the same bits.
    /// </summary>
    /// <param name="y">A result, mostly a loss of one element.</param>
    /// <param name="gradient">What is sent back, of y's shape; by default 1, for a result of one element.</param>
    /// <exception cref="TensorException">Nothing that y was computed from wants a gradient, or none was given for a result of several elements.</exception>
    public static void Backward(this Tensor y, Tensor? gradient = null)
    {
        var last = y.Node ?? throw new TensorException($"Backward: nothing that {y} was computed from wants a gradient. Train at least one parameter.");
        if (gradient is null)
        {
            if (y.Count != 1)
                throw new TensorException($"Backward: {y} has several elements, and no gradient was given for them. Begin at a loss, or give one.");
            gradient = y.NewLike(y.Shape);
            gradient.Values.Fill(1);
        }
        OperandChecks.RequireSame("Backward", y, gradient);
        last.Accumulate(gradient);
        var order = Order(last);
        for (int i = order.Count - 1; i >= 0; i--)
            order[i].Run();
    }

    // Every node behind all that it was computed from; without recursion, since graphs are as deep as the model.
    private static List<Node> Order(Node last)
    {
        var order = new List<Node>();
        var met = new HashSet<Node> { last };
        var open = new Stack<(Node Node, int Next)>();
        open.Push((last, 0));
        while (open.TryPop(out var step))
        {
            var (node, next) = step;
            if (next == node.Inputs.Length)
            {
                order.Add(node);
                continue;
            }
            open.Push((node, next + 1));
            if (met.Add(node.Inputs[next]))
                open.Push((node.Inputs[next], 0));
        }
        return order;
    }
}
