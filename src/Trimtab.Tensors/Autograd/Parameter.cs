using Trimtab.Tensors.Ops;

namespace Trimtab.Tensors.Autograd;

/// <summary>A trained value and its gradient, which adds up over passes until it is cleared. An optimiser changes the value in place, between passes.</summary>
public sealed class Parameter : Node
{
    private readonly Tensor _gradient;

    /// <summary>Makes a value trained: computations on <see cref="Value"/> pass gradients on to it.</summary>
    /// <param name="name">What files and messages call it.</param>
    /// <param name="value">F32, in memory of its own, which the optimiser will write to.</param>
    /// <exception cref="TensorException">The value is not F32, or belongs to a workspace.</exception>
    public Parameter(string name, Tensor value)
    {
        if (value.DType != DType.F32 || value.Workspace is not null)
            throw new TensorException($"Parameter: {name} is {value}{(value.Workspace is null ? "" : " of a workspace")} — trained values are F32 in memory of their own. Dequantise or keep it.");
        Name = name;
        Value = value.Reshape(value.Shape).MadeBy(this);
        _gradient = Tensor.Zeros(value.Shape);
    }

    /// <summary>What files and messages call it.</summary>
    public string Name { get; }

    /// <summary>The value.</summary>
    public Tensor Value { get; }

    /// <summary>The gradient, of the value's shape; 0 where none has come in since <see cref="ClearGradient"/>.</summary>
    public override Tensor Gradient => _gradient;

    /// <summary>Forgets the gradient.</summary>
    public void ClearGradient() => _gradient.Values.Clear();

    /// <inheritdoc/>
    public override void Accumulate(Tensor gradient, bool isFresh = false) => gradient.Backend.Add(_gradient, gradient, _gradient);

    /// <inheritdoc/>
    public override Tensor Target(Tensor value, Tensor beside, out bool add)
    {
        add = true;
        return _gradient;
    }

    /// <summary>Nothing lies behind a parameter.</summary>
    protected override void Backward(Tensor dy)
    {
    }
}
