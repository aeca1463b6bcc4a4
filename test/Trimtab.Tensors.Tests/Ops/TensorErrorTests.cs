using Trimtab.Tensors.Ops;
using Trimtab.Tensors.Storage;
using Xunit;

namespace Trimtab.Tensors.Tests.Ops;

/// <summary>Every misuse is refused with the operation's name and the shapes that do not fit.</summary>
public sealed class TensorErrorTests
{
    private static readonly Tensor X = Tensor.Zeros(new Shape(12, 8));

    public static TheoryData<string, string[]> Cases => new()
    {
        { "matmul", ["MatMul", "[12, 8] F32", "[5, 7] F32", "bias none"] },
        { "matmul bias", ["MatMul", "[5, 8] F32", "bias [4] F32"] },
        { "matmul vector", ["MatMul", "[8] F32"] },
        { "untransposed", ["MatMul", "[12, 8] F32", "untransposed weight [7, 5] F32"] },
        { "rms", ["RmsNorm", "[3] F32", "[12, 8] F32"] },
        { "layer", ["LayerNorm", "[7] F32", "[12, 8] F32"] },
        { "add", ["Add", "[12, 8] F32", "[12, 7] F32"] },
        { "multiply", ["Multiply", "[12, 8] F32", "[8, 12] F32"] },
        { "gate", ["Gate", "[12, 8] F32", "[1, 8] F32"] },
        { "dot", ["RowDot", "[7] F32", "[12, 8] F32"] },
        { "outer", ["AddScaled", "[12, 8] F32", "[2, 4] F32"] },
        { "outer coefficients", ["AddOuter", "3 coefficients", "[12, 8] F32"] },
        { "columns", ["Columns", "4 columns from 5", "[12, 8] F32"] },
        { "rows", ["Rows", "row 12", "[12, 8] F32"] },
        { "rows below", ["Rows", "row -1", "[12, 8] F32"] },
        { "gather", ["Gather", "id 12", "[12, 8] F32"] },
        { "gather below", ["Gather", "id -1", "[12, 8] F32"] },
        { "slice", ["Slice", "3 elements from 10", "[12, 8]"] },
        { "slice overflow", ["Slice", "2147483647 elements from 1", "[12, 8]"] },
        { "reshape", ["Reshape", "[12, 8]", "96", "[5, 5]", "25"] },
        { "copy", ["Copy", "[12, 8] F32", "[12, 7] F32"] },
        { "from", ["Tensor", "3 values", "[2, 2]"] },
        { "index", ["Tensor", "index 8", "axis 1", "[12, 8]"] },
        { "rank", ["Tensor", "1 indices", "[12, 8]"] },
        { "axis", ["Shape", "axis 2", "[12, 8]"] },
        { "axes", ["Shape", "5 axes", "at most 4"] },
        { "negative", ["Shape", "size -1"] },
        { "type", ["Tensor", "[2, 32] Q8_0", "F32"] },
        { "view type", ["Tensor", "Q8_0", "Single"] },
        { "blocks", ["Tensor", "33", "Q8_0", "32"] },
        { "outside", ["Tensor", "[4] F32", "16 bytes", "offset 8", "16"] },
        { "indices as weight", ["Decode", "I64"] },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Misuse_names_the_operation_and_the_shapes(string misuse, string[] parts)
    {
        string message = Assert.Throws<TensorException>(() => Do(misuse)).Message;
        Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));
    }

    private static object Do(string misuse)
    {
        using var workspace = new Workspace();
        return misuse switch
        {
            "matmul" => X.MatMul(Tensor.Zeros(new Shape(5, 7))),
            "matmul bias" => X.MatMul(Tensor.Zeros(new Shape(5, 8)), Tensor.Zeros(new Shape(4))),
            "matmul vector" => X.MatMul(Tensor.Zeros(new Shape(8))),
            "untransposed" => X.MatMulUntransposed(Tensor.Zeros(new Shape(7, 5))),
            "rms" => X.RmsNorm(Tensor.Zeros(new Shape(3)), 1e-5f),
            "layer" => X.LayerNorm(Tensor.Zeros(new Shape(7)), null, 1e-5f),
            "add" => X.Add(Tensor.Zeros(new Shape(12, 7))),
            "multiply" => X.Multiply(Tensor.Zeros(new Shape(8, 12))),
            "gate" => X.Gate(Tensor.Zeros(new Shape(1, 8)), Activation.Silu),
            "dot" => X.RowDot(Tensor.Zeros(new Shape(7))),
            "outer" => X.AddScaled(Tensor.Zeros(new Shape(2, 4)), 1),
            "outer coefficients" => X.AddOuter(Tensor.Zeros(new Shape(8)), Tensor.From([1, 2, 3])),
            "columns" => X.TakeColumns(5, 4),
            "rows" => X.TakeRows([0, 12]),
            "rows below" => X.TakeRows([-1]),
            "gather" => RowOps.Gather(workspace, X, [3, 12]),
            "gather below" => RowOps.Gather(workspace, X, [-1]),
            "slice" => X.Slice(10, 3),
            "slice overflow" => X.Slice(1, int.MaxValue),
            "reshape" => X.Reshape(new Shape(5, 5)),
            "copy" => Copied(X, Tensor.Zeros(new Shape(12, 7))),
            "from" => Tensor.From([1, 2, 3], 2, 2),
            "index" => X[0, 8],
            "rank" => X[0],
            "axis" => X.Shape[2],
            "axes" => new Shape(1, 1, 1, 1, 1),
            "negative" => new Shape(-1),
            "type" => Tensor.Zeros(new Shape(2, 32), DType.Q8_0).Values[0],
            "view type" => Tensor.Zeros(new Shape(2, 32), DType.Q8_0).As<float>()[0],
            "blocks" => Tensor.Over(ManagedStorage.Allocate(100), 0, new Shape(33), DType.Q8_0),
            "outside" => Tensor.Over(ManagedStorage.Allocate(16), 8, new Shape(4), DType.F32),
            "indices as weight" => X.MatMul(Tensor.Zeros(new Shape(5, 8), DType.I64)),
            _ => throw new ArgumentException(misuse),
        };
    }

    private static Tensor Copied(Tensor source, Tensor target)
    {
        source.CopyTo(target);
        return target;
    }
}
