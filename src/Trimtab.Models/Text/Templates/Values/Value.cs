namespace Trimtab.Models.Text.Templates.Values;

/// <summary>
/// What a template can hold in a variable. The kinds are closed, and templates reach nothing but the members listed here: that is the
/// whole sandbox. A null result means that Python would raise AttributeError, LookupError or TypeError, which Jinja turns into undefined.
/// </summary>
internal abstract class Value
{
    /// <summary>The name of the Python type, for messages.</summary>
    public abstract string TypeName { get; }

    /// <summary>Python's truth of the value.</summary>
    public virtual bool IsTrue => Length is not 0;

    /// <summary>The number of items, or null where the value has no length.</summary>
    public virtual long? Length => null;

    /// <summary>A hash that agrees with <see cref="Comparison.AreEqual"/>, or null where the value cannot be a dict key.</summary>
    public virtual int? Hash => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

    /// <summary>What Python calls getattr: methods and the like, never items.</summary>
    public virtual Value? GetAttribute(string name) => null;

    /// <summary>What Python writes with brackets; <paramref name="key"/> may be a <see cref="SliceValue"/>.</summary>
    public virtual Value? GetItem(Value key, Budget budget) => null;

    /// <summary>The items in order, or null where the value is not iterable. Whoever walks pays a step for each item.</summary>
    public virtual IEnumerable<Value>? Iterate() => null;

    /// <summary>The items from last to first, or null where Python could not go backwards.</summary>
    public virtual IEnumerable<Value>? IterateBackwards() => null;
}

/// <summary>A value that templates can call.</summary>
internal abstract class CallableValue : Value
{
    public override bool IsTrue => true;

    public abstract Value Call(Arguments arguments, Interpreter run);
}

/// <summary>The key of <c>value[start:stop:step]</c>; never the value of a variable.</summary>
internal sealed class SliceValue(Value start, Value stop, Value step) : Value
{
    /// <summary>The key of <c>[:]</c>.</summary>
    public static SliceValue All { get; } = new(NoneValue.Instance, NoneValue.Instance, NoneValue.Instance);

    public override string TypeName => "slice";

    public override int? Hash => null;

    /// <summary>What the slice selects from a sequence of this length: first index, stride, count, and the bound beyond the last.</summary>
    public (long First, long Stride, long Count, long End) Over(long length)
    {
        var stride = Index(step, 1);
        if (stride == 0) throw Fault.Runtime("slice step cannot be zero");
        var (lowest, highest) = stride > 0 ? (0, length) : (-1, length - 1);
        var first = Clamp(start, stride > 0 ? lowest : highest);
        var end = Clamp(stop, stride > 0 ? highest : lowest);
        var span = stride > 0 ? end - first : first - end;
        return (first, stride, span <= 0 ? 0 : 1 + (span - 1) / Math.Abs(stride), end);

        long Clamp(Value bound, long absent)
        {
            if (bound is NoneValue) return absent;
            var index = Index(bound, 0);
            return Math.Clamp(index < 0 ? index + length : index, lowest, highest);
        }
    }

    // Bounds beyond any length act alike, so they saturate; half the range leaves room for adding a length.
    private static long Index(Value bound, long absent) => bound switch
    {
        NoneValue => absent,
        _ when Numbers.TryInteger(bound, out _) => Numbers.ToLong(bound, "slice"),
        _ => throw Fault.Runtime("slice indices must be integers or None or have an __index__ method"),
    };
}
