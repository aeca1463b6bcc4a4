using System.Runtime.CompilerServices;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>BF16: the upper halves of singles.</summary>
internal readonly unsafe struct BrainElement : IPanelElement
{
    public static DType Type => DType.BF16;

    public static int Bytes => sizeof(ushort);

    public static int TrailerBytes => 0;

    public static void Pack(byte** rows, int inner, byte* panel, byte* trailer) => PanelColumns.Write((ushort**)rows, inner, (ushort*)panel);

    // A shift and a mask fit beside the sums of narrow lines; wide ones need the same units for both.
    public static int DirectRows<TLine>() where TLine : struct, ILine<TLine> => TLine.Wide ? 2 * RowTiles.Highest : int.MaxValue;

    public static bool LoadsExactly(byte* trailer) => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLine Load<TLine>(byte* source) where TLine : struct, ILine<TLine> => TLine.LoadUpper((ushort*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLine LoadExactly<TLine>(byte* source) where TLine : struct, ILine<TLine> => TLine.LoadUpper((ushort*)source);
}
