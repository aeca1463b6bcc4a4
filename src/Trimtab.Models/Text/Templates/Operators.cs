using System.Numerics;
using Trimtab.Models.Text.Templates.Formatting;
using Trimtab.Models.Text.Templates.Values;

namespace Trimtab.Models.Text.Templates;

/// <summary>Python's arithmetic on values: + - * / // % ** and the signs.</summary>
internal static class Operators
{
    public static Value Apply(string symbol, Value left, Value right, Budget budget) => symbol switch
    {
        "+" => Add(left, right, budget),
        "*" when left is StringValue or SequenceValue => Repeat(left, right, budget),
        "*" when right is StringValue or SequenceValue => Repeat(right, left, budget),
        "%" when left is StringValue format => Format(format, right, budget),
        _ => Arithmetic(symbol, left, right),
    };

    public static Value Negate(Value value) => value switch
    {
        FloatValue number => new FloatValue(-number.Number),
        _ when Numbers.TryInteger(value, out var number) => new IntValue(-number),
        _ => throw BadOperand(value, "-"),
    };

    public static Value Plus(Value value) => value switch
    {
        FloatValue => value,
        _ when Numbers.TryInteger(value, out var number) => new IntValue(number),
        _ => throw BadOperand(value, "+"),
    };

    /// <summary>A text made safe for HTML, as markup joins it; markup itself stays.</summary>
    public static string Escape(Value value, Budget budget)
    {
        var text = Repr.Text(value, budget);
        return value is StringValue { IsMarkup: true } || text.AsSpan().IndexOfAny("&<>\"'") < 0 ? text : Markup.Escape(text, budget);
    }

    private static Value Add(Value left, Value right, Budget budget)
    {
        switch (left, right)
        {
            case (StringValue a, StringValue b) when a.IsMarkup || b.IsMarkup:
                return new StringValue(Joined(Escape(a, budget), Escape(b, budget), budget), isMarkup: true);
            case (StringValue a, StringValue b):
                return new StringValue(Joined(a.Text, b.Text, budget));
            case (ListValue a, ListValue b):
                return a.With(Concatenated(a, b, budget));
            case (TupleValue a, TupleValue b):
                return a.With(Concatenated(a, b, budget));
            case (StringValue or SequenceValue, not UndefinedValue):
                throw Fault.Runtime($"can only concatenate {left.TypeName} (not \"{right.TypeName}\") to {left.TypeName}");
            default:
                return Arithmetic("+", left, right);
        }
    }

    private static string Joined(string a, string b, Budget budget)
    {
        budget.Text((long)a.Length + b.Length);
        return a + b;
    }

    private static List<Value> Concatenated(SequenceValue a, SequenceValue b, Budget budget)
    {
        budget.Step(a.Items.Count + b.Items.Count);
        return [.. a.Items, .. b.Items];
    }

    private static Value Repeat(Value value, Value times, Budget budget)
    {
        if (times is UndefinedValue missing) throw missing.Error();
        if (!Numbers.TryInteger(times, out _))
            throw Fault.Runtime($"can't multiply sequence by non-int of type '{times.TypeName}'");
        var count = Math.Max(0, Numbers.ToLong(times, "*"));
        if (value is StringValue text)
            return new StringValue(new BoundedText(budget).Add(text.Text, count).ToString(), text.IsMarkup);
        var sequence = (SequenceValue)value;
        var items = new List<Value>();
        if (sequence.Items.Count > 0)
            budget.Step((long)Math.Min(count * (double)sequence.Items.Count, long.MaxValue / 4));
        for (var i = 0L; i < count && sequence.Items.Count > 0; i++)
            items.AddRange(sequence.Items);
        return sequence.With(items);
    }

    private static StringValue Format(StringValue format, Value values, Budget budget) => format.IsMarkup
        ? new StringValue(PercentFormat.Apply(format.Text, values, value => Escape(value, budget), budget), isMarkup: true)
        : new StringValue(PercentFormat.Apply(format.Text, values, value => Repr.Text(value, budget), budget));

    private static Value Arithmetic(string symbol, Value left, Value right)
    {
        if (!Numbers.IsNumber(left) || !Numbers.IsNumber(right))
            throw (left as UndefinedValue ?? right as UndefinedValue)?.Error()
                ?? Fault.Runtime($"unsupported operand type(s) for {symbol}: '{left.TypeName}' and '{right.TypeName}'");
        if (Numbers.TryInteger(left, out var a) && Numbers.TryInteger(right, out var b))
            return OnIntegers(symbol, a, b);
        Numbers.TryDouble(left, out var x);
        Numbers.TryDouble(right, out var y);
        return new FloatValue(OnFloats(symbol, x, y));
    }

    private static Value OnIntegers(string symbol, BigInteger a, BigInteger b)
    {
        switch (symbol)
        {
            case "+": return new IntValue(a + b);
            case "-": return new IntValue(a - b);
            case "*":
                Numbers.GuardBits(a.GetBitLength() + (double)b.GetBitLength() - 1);
                return new IntValue(a * b);
            case "/":
                return new FloatValue(Quotient(a, NotZero(b, "division by zero")));
            case "**":
                return Power(a, b);
        }
        var quotient = BigInteger.DivRem(a, NotZero(b, "integer division or modulo by zero"), out var rest);
        // Python rounds the quotient down, so that the rest has the divisor's sign.
        if (!rest.IsZero && rest.Sign != b.Sign) (quotient, rest) = (quotient - 1, rest + b);
        return new IntValue(symbol == "//" ? quotient : rest);
    }

    private static Value Power(BigInteger a, BigInteger exponent)
    {
        if (exponent.Sign < 0)
            return new FloatValue(Math.Pow((double)NotZero(a, "0.0 cannot be raised to a negative power"), (double)exponent));
        if (a.IsZero || a.IsOne || exponent.IsZero) return new IntValue(exponent.IsZero ? 1 : a);
        if (a == BigInteger.MinusOne) return new IntValue(exponent.IsEven ? 1 : -1);
        Numbers.GuardBits((BigInteger.Abs(a).GetBitLength() - 1) * (double)exponent);
        return new IntValue(BigInteger.Pow(a, (int)exponent));
    }

    // Rounded once: the doubles of large operands would have been rounded before.
    private static double Quotient(BigInteger a, BigInteger b)
    {
        if (a.GetBitLength() <= 53 && b.GetBitLength() <= 53) return (double)a / (double)b;
        var shift = (int)(b.GetBitLength() - a.GetBitLength()) + 62;
        var (dividend, divisor) = (BigInteger.Abs(a) << Math.Max(0, shift), BigInteger.Abs(b) << Math.Max(0, -shift));
        var scaled = BigInteger.DivRem(dividend, divisor, out var rest);
        var result = Math.ScaleB((double)(rest.IsZero ? scaled : scaled | BigInteger.One), -shift);
        if (double.IsInfinity(result)) throw Fault.Runtime("integer division result too large for a float");
        return a.Sign == b.Sign ? result : -result;
    }

    private static double OnFloats(string symbol, double x, double y)
    {
        switch (symbol)
        {
            case "+": return x + y;
            case "-": return x - y;
            case "*": return x * y;
            case "**": return Power(x, y);
        }
        if (y == 0) throw Fault.Runtime($"float {(symbol == "/" ? "division" : symbol == "//" ? "floor division" : "modulo")} by zero");
        if (symbol == "/") return x / y;
        var rest = x % y;
        if (rest != 0 && rest < 0 != y < 0) rest += y;
        return symbol == "%" ? rest : Math.Round((x - rest) / y);
    }

    private static double Power(double x, double y)
    {
        if (x == 0 && y < 0) throw Fault.Runtime("0.0 cannot be raised to a negative power");
        if (x < 0 && double.IsFinite(x) && double.IsFinite(y) && !double.IsInteger(y))
            throw Fault.Runtime("a negative number to a fractional power is complex, which templates cannot hold");
        var power = Math.Pow(x, y);
        var overflows = double.IsInfinity(power) && double.IsFinite(x) && double.IsFinite(y);
        return overflows ? throw Fault.Runtime("Numerical result out of range") : power;
    }

    private static BigInteger NotZero(BigInteger divisor, string problem) => divisor.IsZero ? throw Fault.Runtime(problem) : divisor;

    private static ChatTemplateException BadOperand(Value value, string symbol) => (value as UndefinedValue)?.Error()
        ?? Fault.Runtime($"bad operand type for unary {symbol}: '{value.TypeName}'");
}
