namespace Trimtab.Tensors.Ops;

/// <summary>What operations ask of the sizes they are given.</summary>
internal static class OperandChecks
{
    public static void Require(bool condition, string operation, FormattableString message)
    {
        if (!condition)
            throw new TensorException($"{operation}: {FormattableString.Invariant(message)}");
    }

    public static void RequireSame(string operation, Tensor x, Tensor y)
    {
        if (x.Shape != y.Shape)
            throw new TensorException($"{operation}: shapes differ — {x} and {y}.");
    }

    public static void RequireRow(string operation, Tensor x, Tensor v)
    {
        if (v.Shape.Rank != 1 || v.Count != x.Columns)
            throw new TensorException($"{operation}: the direction {v} does not fit the rows of {x}. Its length must be the size of the last axis.");
    }

    /// <summary>What to call a tensor that may be absent.</summary>
    public static string Named(Tensor? tensor) => tensor?.ToString() ?? "none";
}
