using System.Numerics;

namespace Trimtab.Models.Text.Templates.Values;

/// <summary>Python's None.</summary>
internal sealed class NoneValue : Value
{
    public static readonly NoneValue Instance = new();

    private NoneValue() { }

    public override string TypeName => "NoneType";

    public override bool IsTrue => false;
}

/// <summary>True or False, which are the integers 1 and 0 as well.</summary>
internal sealed class BoolValue : Value
{
    public static readonly BoolValue True = new();
    public static readonly BoolValue False = new();

    private BoolValue() { }

    public override string TypeName => "bool";

    public override bool IsTrue => this == True;

    public override int? Hash => Numbers.Hash(IsTrue ? BigInteger.One : BigInteger.Zero);

    public static BoolValue Of(bool value) => value ? True : False;
}

/// <summary>An integer of any size up to <see cref="TemplateLimits.MaxIntegerBits"/>.</summary>
internal sealed class IntValue : Value
{
    public IntValue(BigInteger number)
    {
        Numbers.GuardBits(number.GetBitLength());
        Number = number;
    }

    public BigInteger Number { get; }

    public override string TypeName => "int";

    public override bool IsTrue => !Number.IsZero;

    public override int? Hash => Numbers.Hash(Number);

    public override Value? GetAttribute(string name) => NumberMethods.Find(this, name);
}

/// <summary>A double.</summary>
internal sealed class FloatValue(double number) : Value
{
    public double Number { get; } = number;

    public override string TypeName => "float";

    public override bool IsTrue => Number != 0;

    // Equal numbers have equal hashes, whatever their types.
    public override int? Hash => double.IsInteger(Number) ? Numbers.Hash(new BigInteger(Number)) : HashCode.Combine(Number);

    public override Value? GetAttribute(string name) => NumberMethods.Find(this, name);
}

/// <summary>
/// What a missing variable, attribute or item evaluates to: it prints as nothing, is false and empty, and any other use is an error.
/// </summary>
internal sealed class UndefinedValue(string complaint, bool isUnsafe = false) : Value
{
    /// <summary>The error that using it raises.</summary>
    public ChatTemplateException Error() => isUnsafe ? Fault.Runtime(complaint) : Fault.Undefined(complaint);

    public override string TypeName => "Undefined";

    public override bool IsTrue => false;

    public override long? Length => 0;

    public override int? Hash => 0;

    public override Value? GetAttribute(string name) => throw Error();

    public override Value? GetItem(Value key, Budget budget) => throw Error();

    public override IEnumerable<Value>? Iterate() => [];

    public static UndefinedValue Variable(string name) => new($"'{name}' is undefined");

    /// <summary>The result of asking <paramref name="owner"/> for an attribute or item that it does not have.</summary>
    public static UndefinedValue Member(Value owner, Value key, Budget budget) => new(key is StringValue name
        ? $"'{Kind(owner)}' has no attribute {Formatting.Repr.Of(name, budget)}"
        : $"{Kind(owner)} has no element {Formatting.Repr.Of(key, budget)}");

    /// <summary>The result of asking for something that exists in Python and is closed to templates.</summary>
    public static UndefinedValue Closed(Value owner, string name) =>
        new($"access to attribute '{name}' of '{owner.TypeName}' object is unsafe.", isUnsafe: true);

    private static string Kind(Value owner) => owner is NoneValue ? "None" : owner.TypeName + " object";
}
