using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>
/// F16. There is no instruction for halves within reach, so they are moved and scaled to singles, which is exact but for infinities and NaN. Hardly any weight has these:
/// the trailer says where a panel does, and such panels take the longer way.
/// </summary>
internal readonly unsafe struct HalfElement : IPanelElement
{
    private const ushort Exponent = 0x7C00;

    public static DType Type => DType.F16;

    public static int Bytes => sizeof(ushort);

    public static int TrailerBytes => 64;

    public static void Pack(byte** rows, int inner, byte* panel, byte* trailer)
    {
        PanelColumns.Write((ushort**)rows, inner, (ushort*)panel);
        new Span<byte>(trailer, TrailerBytes).Clear();
        trailer[0] = AllFinite(rows, inner) ? (byte)1 : (byte)0;
    }

    public static int DirectRows<TLine>() where TLine : struct, ILine<TLine> => 2 * RowTiles.Highest;

    public static bool LoadsExactly(byte* trailer) => trailer[0] != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLine Load<TLine>(byte* source) where TLine : struct, ILine<TLine> => TLine.LoadFiniteHalves((ushort*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLine LoadExactly<TLine>(byte* source) where TLine : struct, ILine<TLine> => TLine.Beyond(TLine.LoadFiniteHalves((ushort*)source));

    private static bool AllFinite(byte** rows, int inner)
    {
        for (int i = 0; i < PanelFormat.Width; i++)
            if (rows[i] != null && !AllFinite((ushort*)rows[i], inner))
                return false;
        return true;
    }

    private static bool AllFinite(ushort* codes, int count)
    {
        var exponent = Vector256.Create(Exponent);
        int k = 0;
        for (; k <= count - Vector256<ushort>.Count; k += Vector256<ushort>.Count)
            if (Vector256.EqualsAny(Vector256.Load(codes + k) & exponent, exponent))
                return false;
        for (; k < count; k++)
            if ((codes[k] & Exponent) == Exponent)
                return false;
        return true;
    }
}
