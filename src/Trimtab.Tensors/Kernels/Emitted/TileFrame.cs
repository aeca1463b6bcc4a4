using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Trimtab.Tensors.Kernels.Emitted;

/// <summary>
/// The registers of one tile while it is emitted: where its sums, its rows and its panels are. Six general registers serve eight rows: rows 0–3 lie at 0, 1, 2 and 3 strides
/// from one pointer, rows 4–7 likewise from a second. Tiles of four panels have one row and use that second pointer for three panel strides.
/// </summary>
internal sealed class TileFrame(int rows, int panels, Assembler code, NativeAbi abi)
{
    // Spoilable under both calling conventions; Windows wants zmm6–15 back as they were.
    private static readonly AssemblerRegisterZMM[] Vectors =
    [
        zmm16, zmm17, zmm18, zmm19, zmm20, zmm21, zmm22, zmm23, zmm24, zmm25, zmm26, zmm27, zmm28, zmm29, zmm30, zmm31, zmm0, zmm1, zmm2, zmm3, zmm4, zmm5,
    ];

    /// <summary>The panels' current byte, the bytes between panels, and three times as many (four panels only).</summary>
    public static readonly AssemblerRegister64 Panels = rax, PanelStride = rdx, ThreePanels = r9;

    /// <summary>The current byte of row 0 and of row 4, the bytes between rows, and three times as many.</summary>
    public static readonly AssemblerRegister64 LowRows = r8, HighRows = r9, RowStride = r10, ThreeRows = r11;

    /// <summary>How many vector registers there are to share out.</summary>
    public static int VectorCount => Vectors.Length;

    /// <summary>Rows of the tile, 1 … 8.</summary>
    public int Rows => rows;

    /// <summary>Panels of the tile: 1, 2 or, with one row, 4.</summary>
    public int PanelCount => panels;

    /// <summary>Where instructions go.</summary>
    public Assembler Code => code;

    /// <summary>The accumulator of a row and panel.</summary>
    public AssemblerRegisterZMM Sum(int row, int panel) => Vectors[row * panels + panel];

    /// <summary>A register for passing results: first those behind the sums, <paramref name="index"/> from 0.</summary>
    public AssemblerRegisterZMM Temporary(int index) => Vectors[rows * panels + index];

    /// <summary>The address <paramref name="offset"/> bytes behind the current byte of a panel.</summary>
    public static AssemblerMemoryOperand Panel(int panel, int offset) => panel switch
    {
        0 => Panels + offset,
        1 => Panels + PanelStride + offset,
        2 => Panels + PanelStride * 2 + offset,
        3 => Panels + ThreePanels + offset,
        _ => throw new ArgumentOutOfRangeException(nameof(panel)),
    };

    /// <summary>The address <paramref name="offset"/> bytes behind the current byte of a row.</summary>
    public static AssemblerMemoryOperand Row(int row, int offset)
    {
        var pointer = row < 4 ? LowRows : HighRows;
        return (row % 4) switch
        {
            0 => pointer + offset,
            1 => pointer + RowStride + offset,
            2 => pointer + RowStride * 2 + offset,
            _ => pointer + ThreeRows + offset,
        };
    }

    /// <summary>The address of a field of the arguments.</summary>
    public AssemblerMemoryOperand Argument(string field) => abi.Argument + TileArguments.Offset(field);
}
