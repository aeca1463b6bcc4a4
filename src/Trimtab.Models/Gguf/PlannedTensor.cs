using Trimtab.Tensors;

namespace Trimtab.Models.Gguf;

/// <summary>
/// A tensor that is to be written, as rows of tensors that exist: so a stack of experts or a reordered weight needs no copy of its own in memory.
/// </summary>
/// <param name="Name">Its name in the file to be written.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Type">The element type in which its rows exist; of several, that of the first.</param>
/// <param name="Row">The tensor and the row in it that give a row.</param>
internal sealed record PlannedTensor(string Name, Shape Shape, DType Type, Func<int, (Tensor Tensor, int Row)> Row)
{
    /// <summary>The tensor itself where it is already what is to be written, row for row; otherwise null.</summary>
    public Tensor? Whole { get; init; }

    /// <summary>Small or delicate: stays in single precision whatever type was asked for (vectors, routers, positions).</summary>
    public bool KeepsPrecision { get; init; }

    /// <summary>The plan of a tensor as it is.</summary>
    public static PlannedTensor Of(string name, Tensor tensor) => new(name, tensor.Shape, tensor.DType, row => (tensor, row)) { Whole = tensor };
}
