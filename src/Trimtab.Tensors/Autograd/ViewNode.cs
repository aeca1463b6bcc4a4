using Trimtab.Tensors.Ops;

namespace Trimtab.Tensors.Autograd;

/// <summary>A slice or reshape of a value that wants a gradient: its gradient is the same region of the value's.</summary>
internal sealed class ViewNode(Tensor source, long first, Shape shape) : Node(source)
{
    /// <inheritdoc/>
    public override Tensor? Gradient => null;

    /// <inheritdoc/>
    public override bool ReadsResult => source.Node!.ReadsResult;

    /// <inheritdoc/>
    public override void Accumulate(Tensor gradient, bool isFresh = false)
    {
        // A view of the whole, a reshape, hands the gradient on as it is.
        if (shape.Count == source.Count)
        {
            source.Node!.Accumulate(gradient.Reshape(source.Shape), isFresh);
            return;
        }
        var region = Region(gradient);
        gradient.Backend.Add(region, gradient, region);
    }

    /// <inheritdoc/>
    public override Tensor Target(Tensor value, Tensor beside, out bool add)
    {
        add = true;
        return Region(beside);
    }

    /// <summary>There is nothing to pass on: what came in is there already.</summary>
    protected override void Backward(Tensor dy)
    {
    }

    private Tensor Region(Tensor beside) => source.Node!.Whole(source, beside).Region(first, shape);
}
