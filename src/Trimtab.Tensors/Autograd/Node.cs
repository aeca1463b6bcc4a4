using Trimtab.Tensors.Ops;

namespace Trimtab.Tensors.Autograd;

/// <summary>
/// A value of a computation that wants a gradient: the operation that made it, and the gradient while it comes in. A tensor has a node only where something that it was
/// computed from has one, so a pass without trained values builds none. Nodes hold on to the tensors that their backward side reads; all of them live in the
/// pass's workspace, which must not be reset before <see cref="Backpropagation.Backward"/>.
/// </summary>
public abstract class Node
{
    private readonly Node[] _inputs;
    private Tensor? _gradient;
    // Whether nobody else holds the memory of the gradient, so that it may be added to in place.
    private bool _isOwn;

    /// <summary>The node of a result of the given tensors; those without a node of their own, and absent ones, get no gradient.</summary>
    protected Node(params ReadOnlySpan<Tensor?> inputs)
    {
        int count = 0;
        foreach (var input in inputs)
            count += input?.Node is null ? 0 : 1;
        _inputs = count == 0 ? [] : new Node[count];
        foreach (var input in inputs)
            if (input?.Node is { } node)
                _inputs[^count--] = node;
    }

    /// <summary>The gradient that has come in so far; null before the first, and again once it has been passed on.</summary>
    public virtual Tensor? Gradient => _gradient;

    /// <summary>Whether the backward side reads the result itself, which then must not be written over.</summary>
    public virtual bool ReadsResult => false;

    internal ReadOnlySpan<Node> Inputs => _inputs;

    /// <summary>Passes the gradient of the result on to what it was computed from, by <see cref="Accumulate"/> and <see cref="Target"/> of their nodes.</summary>
    /// <param name="dy">The gradient, of the result's shape. It may be handed on, but not written to.</param>
    protected abstract void Backward(Tensor dy);

    /// <summary>Adds a gradient to what has come in.</summary>
    /// <param name="gradient">Of the value's shape.</param>
    /// <param name="isFresh">Whether its memory belongs to nobody else, so that later gradients may be added in it.</param>
    public virtual void Accumulate(Tensor gradient, bool isFresh = false)
    {
        if (_gradient is not { } known)
        {
            (_gradient, _isOwn) = (gradient, isFresh);
            return;
        }
        var sum = _isOwn ? known : isFresh ? gradient : known.NewLike(known.Shape);
        sum.Backend.Add(known, gradient, sum);
        (_gradient, _isOwn) = (sum, true);
    }

    /// <summary>Memory for an operation that can add its gradient to what has come in, so that the sum needs no pass of its own.</summary>
    /// <param name="value">The value that this is the node of.</param>
    /// <param name="beside">Where the memory comes from.</param>
    /// <param name="add">Whether the operation must add, rather than write over undefined contents.</param>
    public virtual Tensor Target(Tensor value, Tensor beside, out bool add)
    {
        add = _gradient is not null;
        if (!_isOwn)
            (_gradient, _isOwn) = (_gradient?.Copy() ?? beside.NewLike(value.Shape), true);
        return _gradient!;
    }

    /// <summary>The memory of the whole gradient, zero where nothing has come in, for gradients that cover a part of it.</summary>
    internal Tensor Whole(Tensor value, Tensor beside)
    {
        var whole = Target(value, beside, out bool add);
        if (!add)
            whole.Values.Clear();
        return whole;
    }

    internal void Run()
    {
        if (_gradient is not { } dy)
            return;
        Backward(dy);
        (_gradient, _isOwn) = (null, false);
    }
}
