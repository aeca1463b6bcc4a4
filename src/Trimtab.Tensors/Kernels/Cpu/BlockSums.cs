using System.Numerics.Tensors;

namespace Trimtab.Tensors.Kernels.Cpu;

/// <summary>
/// Sums of many rows that several threads take part in: every 32 neighbouring rows are summed in their order, and the sums of these blocks in a tree. The blocks
/// and the tree depend on nothing but the number of rows.
/// </summary>
internal readonly unsafe struct BlockSums(float* memory, int rows, int width)
{
    private const int RowsPerBlock = 32;

    /// <summary>How many blocks there are; threads share them out whole.</summary>
    public int Count => (rows + RowsPerBlock - 1) / RowsPerBlock;

    /// <summary>The memory needed.</summary>
    public static long Bytes(int rows, int width) => (rows + RowsPerBlock - 1L) / RowsPerBlock * width * sizeof(float);

    /// <summary>The rows of a block.</summary>
    public (int Start, int End) Rows(int block) => (block * RowsPerBlock, Math.Min((block + 1) * RowsPerBlock, rows));

    /// <summary>The sum of a block, to be cleared and filled by the thread that has it.</summary>
    public Span<float> Block(int block) => new(memory + (long)block * width, width);

    /// <summary>Adds the sum of all blocks to <paramref name="target"/>, whose length is the width at most; those behind it are <paramref name="offset"/> further.</summary>
    public void AddTo(Span<float> target, int offset = 0)
    {
        if (target.IsEmpty || Count == 0)
            return;
        for (int step = 1; step < Count; step *= 2)
            for (int block = 0; block + step < Count; block += 2 * step)
            {
                var sum = Block(block).Slice(offset, target.Length);
                TensorPrimitives.Add(sum, Block(block + step).Slice(offset, target.Length), sum);
            }
        TensorPrimitives.Add(target, Block(0).Slice(offset, target.Length), target);
    }
}
