using System.Runtime.InteropServices;

namespace Trimtab.Tensors.Kernels.Emitted;

/// <summary>What an emitted tile is told: the one pointer it takes points here. All fields are 8 bytes wide.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct TileArguments
{
    /// <summary>The first byte to multiply of the first panel, and the first byte after it where the tile stops.</summary>
    public byte* Panels, PanelsEnd;

    /// <summary>Bytes from one panel to the next.</summary>
    public long PanelStride;

    /// <summary>The first row's codes at the first position to multiply.</summary>
    public byte* Rows;

    /// <summary>Bytes from one row to the next.</summary>
    public long RowStride;

    /// <summary>The first row's output of the first panel.</summary>
    public float* Outputs;

    /// <summary>Bytes from one row's outputs to the next row's.</summary>
    public long OutputStride;

    /// <summary>0: the outputs are overwritten. Otherwise the sums go on from what they hold.</summary>
    public long Adds;

    /// <summary>0x0F0F0F0F, which the tiles of 4-bit codes mask by.</summary>
    public ulong NibbleMask;

    /// <summary>The offset of a field of this structure.</summary>
    public static int Offset(string field) => (int)Marshal.OffsetOf<TileArguments>(field);
}
