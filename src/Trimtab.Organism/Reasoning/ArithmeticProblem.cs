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

/// <summary>A sum of small numbers. One in eight combinations of numbers is held out from training.</summary>
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

    /// <summary>The split of these numbers.</summary>
    public Split Split => StableHash.Of((int)Operation, X, Y, Z) % 8 == 0 ? Split.HeldOut : Split.Train;

    /// <summary>The steps of the computation, such as "7 + 5 = 12".</summary>
    internal ImmutableArray<string> Steps => Operation switch
    {
        Operation.Add => [$"{X} + {Y} = {X + Y}"],
        Operation.Subtract => [$"{X} - {Y} = {X - Y}"],
        Operation.TwoStep => [$"{X} + {Y} = {X + Y}", $"{X + Y} - {Z} = {X + Y - Z}"],
        _ => [$"{X} * {Y} = {X * Y}"],
    };

    /// <summary>A problem of a split.</summary>
    internal static ArithmeticProblem Draw(Split split, Picker picker)
    {
        var operation = picker.Weighted<Operation>([(Operation.Add, 3), (Operation.Subtract, 3), (Operation.TwoStep, 2), (Operation.Product, 1)]);
        ArithmeticProblem problem;
        do
            problem = Draw(operation, picker);
        while (problem.Split != split);
        return problem;
    }

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
