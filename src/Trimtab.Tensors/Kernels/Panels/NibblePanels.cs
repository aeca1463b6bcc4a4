namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>
/// Q4_0 panels: for each block of 32 positions the 16 outputs' half scales, then four groups of 64 bytes. Group g holds, output by output, positions 4g … 4g + 3 in the
/// low nibbles and 16 + 4g … in the high ones, as the stored block has them. Rows come as 8-bit codes.
/// </summary>
internal sealed unsafe class NibblePanels(KernelTier tier) : PanelFormat
{
    private const int Block = BlockRows.Block;
    private const int BlockBytes = NibblePanel.BlockBytes, SourceBytes = 18;

    /// <inheritdoc/>
    public override string Name => $"Q4_0, {Kernel}";

    /// <inheritdoc/>
    public override DType Type => DType.Q4_0;

    /// <inheritdoc/>
    public override RowForm Rows => BlockRows.Int8;

    /// <inheritdoc/>
    public override int InnerBlock => NibbleTiles.InnerBlock;

    /// <inheritdoc/>
    public override int ScratchBytes => BlockProduct<NibbleTiles>.ScratchBytes;

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
                uint* groups = (uint*)(target + HalfScales.Bytes) + i;
                for (int group = 0; group < NibblePanel.Groups; group++)
                    groups[group * Width] = *(uint*)(source + sizeof(ushort) + 4 * group);
            }
        }
    }

    /// <inheritdoc/>
    public override void Multiply(in PanelTask task)
    {
        if (Kernel == KernelTier.Portable)
            NibblePanel.Multiply(task);
        else
            BlockProduct<NibbleTiles>.Multiply(task);
    }

    /// <inheritdoc/>
    public override void Decode(byte* panel, int inner, int start, int count, float* target)
    {
        for (int k = start; k < start + count; k++, target += Width)
        {
            byte* block = panel + (long)(k / Block) * BlockBytes;
            byte* codes = block + HalfScales.Bytes + k % 16 / 4 * 4 * Width + k % 4;
            int shift = k % Block / 16 * 4;
            for (int i = 0; i < Width; i++)
                target[i] = HalfScales.Read(block, i) * ((codes[4 * i] >> shift & 15) - 8);
        }
    }
}
