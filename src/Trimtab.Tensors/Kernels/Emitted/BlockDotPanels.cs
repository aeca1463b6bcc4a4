using Trimtab.Tensors.Kernels.Panels;

namespace Trimtab.Tensors.Kernels.Emitted;

/// <summary>
/// Panels of integer codes in blocks of 32 positions: 16 half scales, then groups of 64 bytes, in each of which an output has 4 neighbouring bytes of its codes. The codes are
/// unsigned, as <c>vpdpbusd</c> wants one of its factors; the rows carry the correction.
/// </summary>
/// <param name="emitter">What emits the tiles.</param>
/// <param name="tiles">The tiles.</param>
/// <param name="groupCount">Groups of a block.</param>
/// <param name="flip">What four stored codes are changed by, as exclusive or, to become unsigned.</param>
internal abstract unsafe class BlockDotPanels(TileEmitter emitter, TileCode tiles, int groupCount, uint flip) : EmittedPanels(emitter, tiles)
{
    /// <summary>The bytes of a block's scales.</summary>
    protected const int ScaleBytes = Width * 2;

    private const int GroupBytes = Width * 4;

    /// <inheritdoc/>
    public sealed override RowForm Rows => ByteRows.Instance;

    /// <inheritdoc/>
    protected sealed override int StepPositions => ByteRows.Elements;

    /// <summary>Where in a block a group begins.</summary>
    public static int GroupOffset(int group) => ScaleBytes + group * GroupBytes;

    /// <inheritdoc/>
    public sealed override void Pack(byte** rows, int inner, byte* panel)
    {
        int sourceBytes = Type.BlockBytes(), targetBytes = GroupOffset(groupCount);
        for (int block = 0; block < inner / ByteRows.Elements; block++, panel += targetBytes)
            for (int i = 0; i < Width; i++)
                PackBlock(rows[i] == null ? null : rows[i] + block * sourceBytes, panel, i);
    }

    /// <inheritdoc/>
    public sealed override void Decode(byte* panel, int inner, int start, int count, float* target)
    {
        for (int k = start; k < start + count; k++)
        {
            byte* block = panel + k / ByteRows.Elements * GroupOffset(groupCount);
            for (int i = 0; i < Width; i++)
                *target++ = (float)((Half*)block)[i] * Code(block, k % ByteRows.Elements, i);
        }
    }

    /// <summary>The code of a block's position and output, without the offset.</summary>
    protected abstract int Code(byte* block, int position, int output);

    private void PackBlock(byte* source, byte* block, int output)
    {
        ((ushort*)block)[output] = source == null ? (ushort)0 : *(ushort*)source;
        for (int group = 0; group < groupCount; group++)
            ((uint*)(block + GroupOffset(group)))[output] = source == null ? 0 : ((uint*)(source + sizeof(ushort)))[group] ^ flip;
    }
}

/// <summary>Q8_0 panels: eight groups of codes + 128, four neighbouring positions each.</summary>
internal sealed unsafe class ByteDotPanels(TileCode tiles) : BlockDotPanels(new ByteDotTiles(), tiles, groupCount: 8, flip: 0x80808080)
{
    /// <summary>The bytes of a block.</summary>
    public const int Bytes = ScaleBytes + 32 * Width;

    /// <inheritdoc/>
    public override DType Type => DType.Q8_0;

    /// <inheritdoc/>
    protected override int Code(byte* block, int position, int output) => block[GroupOffset(position / 4) + 4 * output + position % 4] - 128;
}

/// <summary>Q4_0 panels: four groups of codes + 8, a byte holding positions i (low) and i + 16 (high).</summary>
internal sealed unsafe class NibbleDotPanels(TileCode tiles) : BlockDotPanels(new NibbleDotTiles(), tiles, groupCount: 4, flip: 0)
{
    /// <summary>The bytes of a block.</summary>
    public const int Bytes = ScaleBytes + 16 * Width;

    /// <inheritdoc/>
    public override DType Type => DType.Q4_0;

    /// <inheritdoc/>
    protected override int Code(byte* block, int position, int output)
    {
        byte pair = block[GroupOffset(position % 16 / 4) + 4 * output + position % 4];
        return (position < 16 ? pair & 15 : pair >> 4) - 8;
    }
}
