using Trimtab.Tensors.Kernels.Panels;

namespace Trimtab.Tensors.Kernels.Emitted;

/// <summary>BF16 panels as <c>vdpbf16ps</c> wants them: for each pair of inner positions 16 outputs × 2 brain floats. An odd last position is paired with zeros.</summary>
internal sealed unsafe class BrainDotPanels(TileCode tiles) : EmittedPanels(new BrainDotTiles(), tiles)
{
    /// <summary>The bytes of one pair of positions: one cache line.</summary>
    public const int PairBytes = Width * 4;

    /// <inheritdoc/>
    public override DType Type => DType.BF16;

    /// <inheritdoc/>
    public override RowForm Rows => BrainPairRows.Instance;

    /// <inheritdoc/>
    protected override int StepPositions => 2;

    /// <inheritdoc/>
    public override void Pack(byte** rows, int inner, byte* panel)
    {
        uint* target = (uint*)panel;
        for (int pair = 0; pair < inner / 2; pair++, target += Width)
            for (int i = 0; i < Width; i++)
                target[i] = rows[i] == null ? 0 : ((uint*)rows[i])[pair];
        if (inner % 2 != 0)
            for (int i = 0; i < Width; i++)
                target[i] = rows[i] == null ? 0u : ((ushort*)rows[i])[inner - 1];
    }

    /// <inheritdoc/>
    public override void Decode(byte* panel, int inner, int start, int count, float* target)
    {
        for (int k = start; k < start + count; k++)
            for (int i = 0; i < Width; i++)
                *target++ = BitConverter.UInt32BitsToSingle((uint)((ushort*)panel)[k / 2 * 2 * Width + 2 * i + k % 2] << 16);
    }
}
