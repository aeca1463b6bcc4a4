using Trimtab.Tensors.Kernels.Quant;
using Trimtab.Tensors.Storage;

namespace Trimtab.Tensors.Tests.Kernels;

/// <summary>Random tensors from a fixed seed, and the same numbers in double precision.</summary>
internal sealed class Samples(int seed = 1)
{
    /// <summary>Sizes that fall between the widths of vectors and tiles.</summary>
    public static readonly int[] OddSizes = [1, 2, 3, 7, 8, 9, 15, 31, 33, 64, 65, 100, 131];

    /// <summary>All types that a weight may be stored in.</summary>
    public static readonly DType[] WeightTypes =
    [
        DType.F32, DType.F64, DType.F16, DType.BF16, DType.Q4_0, DType.Q4_1, DType.Q5_0, DType.Q5_1, DType.Q8_0, DType.Q4_K, DType.Q5_K, DType.Q6_K,
    ];

    private readonly Random _random = new(seed);

    public float Value(float scale = 1) => (float)(_random.NextDouble() * 2 - 1) * scale;

    public int Below(int limit) => _random.Next(limit);

    /// <summary>Values between −scale and scale.</summary>
    public Tensor Uniform(Shape shape, float scale = 1)
    {
        var tensor = Tensor.Zeros(shape);
        foreach (ref float value in tensor.Values)
            value = Value(scale);
        return tensor;
    }

    /// <summary>A weight of any type: random values or, for quantised types, random blocks with modest scales.</summary>
    public Tensor Weight(DType type, int rows, int columns)
    {
        var tensor = Tensor.Zeros(new Shape(rows, columns), type);
        for (int row = 0; row < rows; row++)
            Fill(type, tensor.RowBytes(row), columns);
        return tensor;
    }

    /// <summary>The decoded values of a tensor of two axes.</summary>
    public static double[,] Doubles(Tensor tensor)
    {
        var result = new double[tensor.RowCount, tensor.Columns];
        var row = new float[tensor.Columns];
        for (int t = 0; t < tensor.RowCount; t++)
        {
            RowDecoder.Decode(tensor, t, row);
            for (int i = 0; i < row.Length; i++)
                result[t, i] = row[i];
        }
        return result;
    }

    /// <summary>Singles as doubles.</summary>
    public static double[] Doubles(ReadOnlySpan<float> values)
    {
        var result = new double[values.Length];
        for (int i = 0; i < result.Length; i++)
            result[i] = values[i];
        return result;
    }

    /// <summary>A copy whose memory begins one float after a cache line, so that its rows lie otherwise than the original's.</summary>
    public static Tensor Displaced(Tensor tensor)
    {
        var storage = ManagedStorage.Allocate(tensor.ByteCount + sizeof(float));
        var copy = Tensor.Over(storage, sizeof(float), tensor.Shape, DType.F32);
        tensor.CopyTo(copy);
        return copy;
    }

    private void Fill(DType type, Span<byte> row, int columns)
    {
        switch (type)
        {
            case DType.F32:
                for (int i = 0; i < columns; i++)
                    BitConverter.TryWriteBytes(row[(4 * i)..], Value());
                break;
            case DType.F64:
                for (int i = 0; i < columns; i++)
                    BitConverter.TryWriteBytes(row[(8 * i)..], (double)Value());
                break;
            case DType.F16:
                for (int i = 0; i < columns; i++)
                    BitConverter.TryWriteBytes(row[(2 * i)..], (Half)Value());
                break;
            case DType.BF16:
                for (int i = 0; i < columns; i++)
                    BitConverter.TryWriteBytes(row[(2 * i)..], BrainFloat.Encode(Value()));
                break;
            default:
                FillBlocks(type, row);
                break;
        }
    }

    // Any bytes are a valid block, but a random scale could be infinite or not a number.
    private void FillBlocks(DType type, Span<byte> row)
    {
        _random.NextBytes(row);
        for (; !row.IsEmpty; row = row[type.BlockBytes()..])
            foreach (int offset in ScaleOffsets(type))
                BitConverter.TryWriteBytes(row[offset..], (Half)Value(0.05f));
    }

    private static int[] ScaleOffsets(DType type) => type switch
    {
        DType.Q4_0 or DType.Q5_0 or DType.Q8_0 => [0],
        DType.Q6_K => [208],
        _ => [0, 2],
    };
}
