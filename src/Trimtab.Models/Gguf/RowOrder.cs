using Trimtab.Tensors;

namespace Trimtab.Models.Gguf;

/// <summary>How the rows of a weight are ordered in GGUF files.</summary>
/// <param name="Parts">Into how many equal parts the rows must fall.</param>
/// <param name="Row">Which row there is row `row` of the Hugging Face tensor's `rows`.</param>
internal sealed record RowOrder(Func<DecoderConfig, int> Parts, Func<int, int, DecoderConfig, int> Row)
{
    /// <summary>
    /// Llama's queries: a head's two halves are interleaved, because llama.cpp turns neighbouring values where Hugging Face turns value i with value
    /// i + E/2. The attention is the same, since queries and keys are reordered alike.
    /// </summary>
    public static RowOrder InterleavedQueries { get; } =
        new(sizes => 2 * sizes.HeadCount, (row, rows, sizes) => Interleaved(row, rows / sizes.HeadCount));

    /// <summary>Llama's keys; as the queries.</summary>
    public static RowOrder InterleavedKeys { get; } =
        new(sizes => 2 * sizes.KeyHeadCount, (row, rows, sizes) => Interleaved(row, rows / sizes.KeyHeadCount));

    /// <summary>GPT-NeoX: [head][query, key, value] becomes [query, key, value][head].</summary>
    public static RowOrder PartsFirst { get; } = new(sizes => 3 * sizes.HeadCount, (row, rows, sizes) =>
    {
        int size = rows / 3 / sizes.HeadCount;
        int head = row / (3 * size), part = row / size % 3;
        return (part * sizes.HeadCount + head) * size + row % size;
    });

    /// <summary>A copy of a GGUF tensor with its rows in Hugging Face's order. Rows are copied as stored, so quantised ones keep their bits.</summary>
    public Tensor Restore(Tensor stored, DecoderConfig sizes)
    {
        var (source, target) = (AsRows(stored), Tensor.Zeros(stored.Shape, stored.DType));
        var rows = AsRows(target);
        for (int row = 0; row < rows.RowCount; row++)
            source.RowBytes(Row(row, rows.RowCount, sizes)).CopyTo(rows.RowBytes(row));
        return target;
    }

    /// <summary>The rows of a Hugging Face tensor in GGUF's order.</summary>
    public PlannedTensor Arrange(string name, Tensor tensor, DecoderConfig sizes)
    {
        var source = AsRows(tensor);
        var from = new int[source.RowCount];
        for (int row = 0; row < from.Length; row++)
            from[Row(row, from.Length, sizes)] = row;
        if (tensor.Shape.Rank > 1)
            return new PlannedTensor(name, tensor.Shape, tensor.DType, row => (source, from[row]));
        var vector = Tensor.Zeros(tensor.Shape, tensor.DType);
        for (int row = 0; row < from.Length; row++)
            source.RowBytes(from[row]).CopyTo(AsRows(vector).RowBytes(row));
        return PlannedTensor.Of(name, vector);
    }

    /// <summary>Refuses a tensor whose rows do not fall into the parts, or whose elements cannot be moved one by one.</summary>
    public void Check(string file, string name, Tensor tensor, DecoderConfig sizes)
    {
        int rows = tensor.Shape.Rank == 0 ? 0 : tensor.Shape[0];
        if (rows == 0 || tensor.Shape.Rank > 2 || rows % Parts(sizes) != 0)
            throw new ModelFormatException($"{file}: the tensor {name} is {tensor} — its rows must fall into {Parts(sizes)} equal parts, as the head counts ask.");
        if (tensor.Shape.Rank == 1 && tensor.DType.IsQuantised())
            throw new ModelFormatException($"{file}: the tensor {name} is {tensor} — a vector must not be stored in blocks.");
    }

    // The elements of a bias are its rows.
    private static Tensor AsRows(Tensor tensor) => tensor.Shape.Rank == 1 ? tensor.Reshape(new Shape(tensor.Shape[0], 1)) : tensor;

    private static int Interleaved(int row, int headSize)
    {
        int within = row % headSize, half = headSize / 2;
        return row - within + within % half * 2 + within / half;
    }
}
