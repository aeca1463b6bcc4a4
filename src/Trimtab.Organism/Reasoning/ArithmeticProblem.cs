using System.Collections.Immutable;
using Trimtab.Organism.Grammar;

namespace Trimtab.Organism;

/// <summary>The kinds of sums.</summary>
public enum Operation
{
    /// <summary>x + y, at most 30.</summary>
    Add,
    /// <summary>x − y, not below 0.</summary>
    Subtract,
    /// <summary>x + y − z.</summary>
    TwoStep,
    /// <summary>x · y, both at most 5.</summary>
    Product,
}

/// <summary>A sum of small numbers. Every combination of numbers occurs in training, but not in every wording: see <see cref="Pairing"/>.</summary>
/// <param name="Operation">What is computed.</param>
/// <param name="X">The first number.</param>
/// <param name="Y">The second number.</param>
/// <param name="Z">The third number of a <see cref="Operation.TwoStep"/>, otherwise 0.</param>
public sealed record ArithmeticProblem(Operation Operation, int X, int Y, int Z)
{
    /// <summary>The largest number that occurs.</summary>
    public const int Largest = 30;

    /// <summary>The exact answer, 0 to <see cref="Largest"/>.</summary>
    public int Result => Operation switch
    {
        Operation.Add => X + Y,
        Operation.Subtract => X - Y,
        Operation.TwoStep => X + Y - Z,
        _ => X * Y,
    };

    /// <summary>A number that stands for these numbers where wordings are held out.</summary>
    internal int Index => (int)(StableHash.Of((int)Operation, X, Y, Z) % 4);

    /// <summary>The steps of the computation, such as "7 + 5 = 12".</summary>
    internal ImmutableArray<string> Steps => Operation switch
    {
        Operation.Add => [$"{X} + {Y} = {X + Y}"],
        Operation.Subtract => [$"{X} - {Y} = {X - Y}"],
        Operation.TwoStep => [$"{X} + {Y} = {X + Y}", $"{X + Y} - {Z} = {X + Y - Z}"],
        _ => [$"{X} * {Y} = {X * Y}"],
    };

    /// <summary>Any problem.</summary>
    internal static ArithmeticProblem Draw(Picker picker) =>
        Draw(picker.Weighted<Operation>([(Operation.Add, 3), (Operation.Subtract, 3), (Operation.TwoStep, 2), (Operation.Product, 1)]), picker);

    /// <summary>Any problem of one step.</summary>
    internal static ArithmeticProblem DrawOneStep(Picker picker) => Draw(picker.Weighted<Operation>([(Operation.Add, 4), (Operation.Subtract, 4), (Operation.Product, 1)]), picker);

    // Numbers of things begin at 2, so that every noun after them is a plural.
    private static ArithmeticProblem Draw(Operation operation, Picker picker)
    {
        int x, y;
        switch (operation)
        {
            case Operation.Add:
                x = picker.Between(2, 20);
                return new(operation, x, picker.Between(2, Math.Min(20, Largest - x)), 0);
            case Operation.Subtract:
                x = picker.Between(3, Largest);
                return new(operation, x, picker.Between(2, x), 0);
            case Operation.TwoStep:
                (x, y) = (picker.Between(2, 15), picker.Between(2, 15));
                return new(operation, x, y, picker.Between(2, x + y));
            default:
                return new(operation, picker.Between(2, 5), picker.Between(2, 5), 0);
        }
    }
}
