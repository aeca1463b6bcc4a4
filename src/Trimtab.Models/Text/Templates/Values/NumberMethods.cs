namespace Trimtab.Models.Text.Templates.Values;

/// <summary>The few attributes of numbers that a template can have a use for.</summary>
internal static class NumberMethods
{
    private static readonly Dictionary<string, Method<IntValue>> OfIntegers = new()
    {
        ["bit_length"] = new("", (_, number, _) => new IntValue(System.Numerics.BigInteger.Abs(number.Number).GetBitLength())),
    };

    private static readonly Dictionary<string, Method<FloatValue>> OfFloats = new()
    {
        ["is_integer"] = new("", (_, number, _) => BoolValue.Of(double.IsInteger(number.Number))),
    };

    public static Value? Find(IntValue self, string name) =>
        OfIntegers.TryGetValue(name, out var method) ? new MethodValue<IntValue>(self, name, method)
        : name is "real" or "numerator" ? self
        : null;

    public static Value? Find(FloatValue self, string name) =>
        OfFloats.TryGetValue(name, out var method) ? new MethodValue<FloatValue>(self, name, method)
        : name == "real" ? self
        : null;
}
