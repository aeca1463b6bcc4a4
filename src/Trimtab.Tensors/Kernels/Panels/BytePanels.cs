namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>
/// Q8_0 panels: for each block of 32 positions the 16 outputs' half scales, then, for each pair of positions, the 16 outputs' two codes side by side. Rows come as 16-bit codes:
/// a pair of products is one instruction whether they have 8 or 16 bits, so the wider and 256 times finer ones are free.
/// </summary>
/// <param name="tier">The instructions.</param>
/// <param name="origin">What the weight was stored as: Q8_0, or Q5_0, whose codes are Q8_0 codes of the same scale.</param>
internal sealed unsafe class BytePanels(KernelTier tier, DType origin = DType.Q8_0) : PanelFormat
{
    private const int Block = BlockRows.Block;
    private const int BlockBytes = BytePanel.BlockBytes, SourceBytes = 34;

    /// <inheritdoc/>
    public override string Name => origin == DType.Q8_0 ? $"Q8_0, {Kernel}" : $"Q8_0 from {origin}, {Kernel}";

    /// <inheritdoc/>
    public override DType Type => DType.Q8_0;

    /// <inheritdoc/>
    public override RowForm Rows => BlockRows.Int16;

    /// <inheritdoc/>
    public override int InnerBlock => ByteTiles.InnerBlock;

    /// <inheritdoc/>
    public override int ScratchBytes => BlockProduct<ByteTiles>.ScratchBytes;

    private KernelTier Kernel => tier == KernelTier.Portable ? tier : KernelTier.Avx2;

    /// <inheritdoc/>
    public override long PanelBytes(int inner) => Aligned((long)inner / Block * BlockBytes);

    /// <inheritdoc/>
    public override void Pack(byte** rows, int inner, byte* panel)
    {
        new Span<byte>(panel, checked((int)PanelBytes(inner))).Clear();
        for (int i = 0; i < Width; i++)
        {
            if (rows[i] == null)
                continue;
            byte* target = panel, source = rows[i];
            for (int block = 0; block < inner / Block; block++, source += SourceBytes, target += BlockBytes)
            {
                HalfScales.Write(target, i, *(ushort*)source);
                ushort* pairs = (ushort*)(target + HalfScales.Bytes) + i;
                for (int pair = 0; pair < Block / 2; pair++)
                    pairs[pair * Width] = *(ushort*)(source + sizeof(ushort) + 2 * pair);
            }
        }
    }

    /// <inheritdoc/>
    public override void Multiply(in PanelTask task)
    {
        if (Kernel == KernelTier.Portable)
            BytePanel.Multiply(task);
        else
            BlockProduct<ByteTiles>.Multiply(task);
    }

    /// <inheritdoc/>
    public override void Decode(byte* panel, int inner, int start, int count, float* target)
    {
        for (int k = start; k < start + count; k++, target += Width)
        {
            byte* block = panel + (long)(k / Block) * BlockBytes;
            sbyte* pair = (sbyte*)block + HalfScales.Bytes + k % Block / 2 * 2 * Width;
            for (int i = 0; i < Width; i++)
                target[i] = HalfScales.Read(block, i) * pair[2 * i + k % 2];
        }
    }
}
