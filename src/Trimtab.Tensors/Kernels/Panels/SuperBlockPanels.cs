using System.Runtime.Intrinsics;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>
/// Panels of Q4_K, Q5_K or Q6_K, the codes as dense as in the file. Rows are codes too (<see cref="SuperBlockRows"/>), products integer sums. Few rows take the codes apart in
/// registers, so that the panel is one stream through memory; many rows share a stretch that was unpacked to the nearest cache.
/// </summary>
internal sealed unsafe class SuperBlockPanels<TBlock>(KernelTier tier) : PanelFormat where TBlock : struct, ISuperBlock
{
    // From here on, unpacking once is cheaper than taking the codes apart for every four rows.
    private const int ManyRows = 8;

    /// <summary>Super-blocks that are unpacked together: 11 KB, a third of the nearest cache.</summary>
    private const int UnpackedBlocks = 2;

    /// <inheritdoc/>
    public override string Name => $"{TBlock.Type}, {(tier == KernelTier.Portable ? tier : KernelTier.Avx2)}";

    /// <inheritdoc/>
    public override DType Type => TBlock.Type;

    /// <inheritdoc/>
    public override RowForm Rows => SuperBlockRows.Shared;

    /// <inheritdoc/>
    public override int InnerBlock => UnpackedBlocks * SuperBlockRows.Elements;

    /// <inheritdoc/>
    public override int ScratchBytes => UnpackedBlocks * UnpackedSource<TBlock>.Bytes + SuperBlockKernel.Sums * sizeof(float);

    /// <inheritdoc/>
    public override long PanelBytes(int inner) => (long)inner / SuperBlockRows.Elements * TBlock.Bytes;

    /// <inheritdoc/>
    public override void Pack(byte** rows, int inner, byte* panel) => SuperBlockPacking<TBlock>.Pack(rows, inner / SuperBlockRows.Elements, panel);

    /// <inheritdoc/>
    public override void Multiply(in PanelTask task)
    {
        if (task.Start == 0)
            Clear(task);
        int blocks = task.Count / SuperBlockRows.Elements, start = task.Start / SuperBlockRows.Elements;
        for (int i = 0; i < task.PanelCount; i++)
        {
            byte* panel = task.Panels + i * task.PanelStride + (long)start * TBlock.Bytes, x = task.Rows + (long)start * SuperBlockRows.BlockBytes;
            float* y = task.Outputs + i * Width;
            if (tier == KernelTier.Portable || task.RowCount >= ManyRows)
                MultiplyUnpacked(task, panel, blocks, x, y);
            else
                MultiplyRows<PackedSource<TBlock>>(task, panel, blocks, x, y);
        }
    }

    /// <inheritdoc/>
    public override void Decode(byte* panel, int inner, int start, int count, float* target)
    {
        byte* block = stackalloc byte[UnpackedSource<TBlock>.Bytes];
        for (int k = start, unpacked = -1; k < start + count; k++, target += Width)
        {
            if (k / SuperBlockRows.Elements != unpacked)
                UnpackedSource<TBlock>.Unpack(panel + (unpacked = k / SuperBlockRows.Elements) * (long)TBlock.Bytes, block);
            DecodePosition(block, k % SuperBlockRows.Elements, target);
            DecodePosition(block, k % SuperBlockRows.Elements, target, 8);
        }
    }

    // In the order of operations of the file's own decoder, so to its bits.
    private static void DecodePosition(byte* block, int position, float* target, int output = 0)
    {
        byte* quad = UnpackedSource<TBlock>.CodesOf(block) + position / 4 * 4 * Width + 4 * output;
        var codes = Vector256.Load((int*)quad) >>> 8 * (position % 4) & Vector256.Create(0xFF);
        var scales = Vector256.Load((int*)UnpackedSource<TBlock>.ScalesOf(block, position / 16) + output) >> 16;
        float* units = UnpackedSource<TBlock>.UnitsOf(block) + output;
        var step = Vector256.Load(units) * Vector256.ConvertToSingle(scales);
        var values = TBlock.IsCentred
            ? step * Vector256.ConvertToSingle(codes - Vector256.Create(32))
            : step * Vector256.ConvertToSingle(codes) - Vector256.Load(units + Width) * Vector256.Load(UnpackedSource<TBlock>.MinimaOf(block, position / 32) + output);
        values.Store(target + output);
    }

    private static void Clear(in PanelTask task)
    {
        for (int t = 0; t < task.RowCount; t++)
            new Span<float>(task.Outputs + t * task.OutputStride, task.PanelCount * Width).Clear();
    }

    private void MultiplyUnpacked(in PanelTask task, byte* panel, int blocks, byte* x, float* y)
    {
        for (int first = 0; first < blocks; first += UnpackedBlocks)
        {
            int count = Math.Min(UnpackedBlocks, blocks - first);
            for (int i = 0; i < count; i++, panel += TBlock.Bytes)
                UnpackedSource<TBlock>.Unpack(panel, task.Scratch + i * UnpackedSource<TBlock>.Bytes);
            if (tier == KernelTier.Portable)
                for (int t = 0; t < task.RowCount; t++)
                    SuperBlockPortableKernel.Row<TBlock>(task.Scratch, count, x + t * task.RowStride, y + t * task.OutputStride);
            else
                MultiplyRows<UnpackedSource<TBlock>>(task, task.Scratch, count, x, y);
            x += count * SuperBlockRows.BlockBytes;
        }
    }

    private static void MultiplyRows<TSource>(in PanelTask task, byte* panel, int blocks, byte* x, float* y) where TSource : struct, ISuperBlockSource
    {
        // Three rows where a kernel holds two scales beside its sums and codes: four would not fit the sixteen registers.
        int most = TBlock.IsNarrow ? 4 : 3;
        float* sums = (float*)(task.Scratch + UnpackedBlocks * UnpackedSource<TBlock>.Bytes);
        for (int left = task.RowCount, count; left > 0; left -= count, x += count * task.RowStride, y += count * task.OutputStride)
        {
            // Tiles of like size: 4 rows are 2 and 2, rather than 3 and 1.
            int tiles = (left + most - 1) / most;
            count = (left + tiles - 1) / tiles;
            switch (count)
            {
                case 1: SuperBlockKernel.Tile<TSource, OneRow>(panel, blocks, x, (nint)task.RowStride, y, (nint)task.OutputStride, sums); break;
                case 2: SuperBlockKernel.Tile<TSource, TwoRows>(panel, blocks, x, (nint)task.RowStride, y, (nint)task.OutputStride, sums); break;
                case 3: SuperBlockKernel.Tile<TSource, ThreeRows>(panel, blocks, x, (nint)task.RowStride, y, (nint)task.OutputStride, sums); break;
                default: SuperBlockKernel.Tile<TSource, FourRows>(panel, blocks, x, (nint)task.RowStride, y, (nint)task.OutputStride, sums); break;
            }
        }
    }
}
