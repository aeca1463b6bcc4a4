namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>Interleaves the stored super-blocks of 16 outputs to those of a panel.</summary>
internal static unsafe class SuperBlockPacking<TBlock> where TBlock : struct, ISuperBlock
{
    private const int Width = PanelFormat.Width;

    /// <summary>Writes one panel of <paramref name="blocks"/> super-blocks; a null row counts as zeros.</summary>
    public static void Pack(byte** rows, int blocks, byte* panel)
    {
        new Span<byte>(panel, blocks * TBlock.Bytes).Clear();
        byte** stored = stackalloc byte*[Width];
        for (int block = 0; block < blocks; block++, panel += TBlock.Bytes)
        {
            for (int i = 0; i < Width; i++)
                stored[i] = rows[i] == null ? null : rows[i] + (long)block * TBlock.Type.BlockBytes();
            PackScales(stored, panel);
            for (int quad = 0; quad < SuperBlockRows.Elements / 4; quad++)
                PackQuad(stored, quad, panel);
        }
    }

    private static void PackScales(byte** stored, byte* target)
    {
        for (int i = 0; i < Width; i++)
        {
            if (stored[i] == null)
                continue;
            ushort* units = (ushort*)(stored[i] + TBlock.ScaleOffset);
            ((ushort*)target)[i] = units[0];
            if (!TBlock.IsCentred)
                ((ushort*)(target + SuperBlockLayout.Minima))[i] = units[1];
            for (int scale = 0; scale < 16; scale++)
                target[SuperBlockLayout.ScaleBytes + 16 * scale + i] = TBlock.StoredScale(stored[i], scale);
        }
    }

    private static void PackQuad(byte** stored, int quad, byte* target)
    {
        uint* line = (uint*)(target + SuperBlockLayout.Nibbles + 32 * quad);
        for (int lane = 0; lane < 8; lane++)
        {
            uint low = Codes(stored[lane], quad), high = Codes(stored[lane + 8], quad);
            line[lane] = low & 0x0F0F0F0F | (high & 0x0F0F0F0F) << 4;
            TBlock.StoreUpper(target, quad / 2, quad % 2 * 2, lane, low);
            TBlock.StoreUpper(target, quad / 2, quad % 2 * 2 + 1, lane, high);
        }
    }

    private static uint Codes(byte* block, int quad) => block == null ? 0 : TBlock.StoredQuad(block, quad);
}
