using System.Globalization;

namespace Trimtab.Tensors.Files;

/// <summary>One node of what a torch file holds: plain data, no behaviour.</summary>
public abstract class TorchValue
{
    private protected TorchValue() { }
}

/// <summary>Python's None.</summary>
public sealed class TorchNone : TorchValue
{
    private TorchNone() { }

    /// <summary>The only one.</summary>
    public static TorchNone Instance { get; } = new();

    /// <inheritdoc/>
    public override string ToString() => "None";
}

/// <summary>A truth value.</summary>
/// <param name="value">The value.</param>
public sealed class TorchBool(bool value) : TorchValue
{
    /// <summary>The value.</summary>
    public bool Value => value;

    /// <inheritdoc/>
    public override string ToString() => value ? "True" : "False";
}

/// <summary>A whole number of at most 64 bits.</summary>
/// <param name="value">The value.</param>
public sealed class TorchInteger(long value) : TorchValue
{
    /// <summary>The value.</summary>
    public long Value => value;

    /// <inheritdoc/>
    public override string ToString() => value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A number.</summary>
/// <param name="value">The value.</param>
public sealed class TorchNumber(double value) : TorchValue
{
    /// <summary>The value.</summary>
    public double Value => value;

    /// <inheritdoc/>
    public override string ToString() => value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A text.</summary>
/// <param name="value">The text.</param>
public sealed class TorchText(string value) : TorchValue
{
    /// <summary>The text.</summary>
    public string Value => value;

    /// <inheritdoc/>
    public override string ToString() => $"'{value}'";
}

/// <summary>A string of bytes.</summary>
/// <param name="value">The bytes.</param>
public sealed class TorchBytes(ReadOnlyMemory<byte> value) : TorchValue
{
    /// <summary>The bytes.</summary>
    public ReadOnlyMemory<byte> Value => value;

    /// <inheritdoc/>
    public override string ToString() => $"{value.Length} bytes";
}

/// <summary>A constant that torch names, such as the element type <c>torch.float32</c>.</summary>
/// <param name="name">Its full name.</param>
public sealed class TorchConstant(string name) : TorchValue
{
    /// <summary>Its full name.</summary>
    public string Name => name;

    /// <inheritdoc/>
    public override string ToString() => name;
}

/// <summary>A list, or a tuple.</summary>
public sealed class TorchSequence : TorchValue
{
    private readonly List<TorchValue> _items;

    internal TorchSequence(bool isTuple, List<TorchValue> items) => (IsTuple, _items) = (isTuple, items);

    /// <summary>Whether it is a tuple; otherwise a list.</summary>
    public bool IsTuple { get; }

    /// <summary>The items in order.</summary>
    public IReadOnlyList<TorchValue> Items => _items;

    internal void Add(TorchValue item) => _items.Add(item);

    /// <inheritdoc/>
    public override string ToString() => $"a {(IsTuple ? "tuple" : "list")} of {_items.Count}";
}
