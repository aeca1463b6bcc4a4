using System.Numerics;

namespace Trimtab.Models.Text.Templates.Values;

/// <summary>Reading values as numbers: a bool is an integer, an integer converts to a float.</summary>
internal static class Numbers
{
    /// <summary>True for int and bool.</summary>
    public static bool TryInteger(Value value, out BigInteger number)
    {
        number = value switch { IntValue i => i.Number, BoolValue b => b.IsTrue ? BigInteger.One : BigInteger.Zero, _ => default };
        return value is IntValue or BoolValue;
    }

    /// <summary>True for int, bool and float.</summary>
    public static bool TryDouble(Value value, out double number)
    {
        number = value is FloatValue f ? f.Number : 0;
        if (value is FloatValue) return true;
        if (!TryInteger(value, out var integer)) return false;
        number = (double)integer;
        if (double.IsInfinity(number)) throw Fault.Runtime("int too large to convert to float");
        return true;
    }

    public static bool IsNumber(Value value) => value is IntValue or BoolValue or FloatValue;

    /// <summary>An integer argument as a machine number; values beyond it saturate, for they are out of every range alike.</summary>
    public static long ToLong(Value value, string what)
    {
        if (!TryInteger(value, out var number))
            throw value is UndefinedValue missing
                ? missing.Error()
                : Fault.Runtime($"{what}: '{value.TypeName}' object cannot be interpreted as an integer");
        return (long)BigInteger.Clamp(number, long.MinValue / 2, long.MaxValue / 2);
    }

    /// <summary>The index that a key means in a sequence of this length, or null where it is not one or lies outside.</summary>
    public static int? Index(Value key, long length)
    {
        if (!TryInteger(key, out var index)) return null;
        if (index.Sign < 0) index += length;
        return index.Sign >= 0 && index < length ? (int)index : null;
    }

    // Mixed with the process's seed: plain integers would let a template choose keys that all collide.
    public static int Hash(BigInteger number) => HashCode.Combine(number);

    public static void GuardBits(double bits)
    {
        if (bits > TemplateLimits.MaxIntegerBits)
            throw Fault.Limit($"an integer of more than {TemplateLimits.MaxIntegerBits} bits");
    }
}
