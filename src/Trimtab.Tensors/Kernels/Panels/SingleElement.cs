using System.Runtime.CompilerServices;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>F32: the values as they are.</summary>
internal readonly unsafe struct SingleElement : IPanelElement
{
    public static DType Type => DType.F32;

    public static int Bytes => sizeof(float);

    public static int TrailerBytes => 0;

    public static void Pack(byte** rows, int inner, byte* panel, byte* trailer) => PanelColumns.Write((uint**)rows, inner, (uint*)panel);

    public static int DirectRows<TLine>() where TLine : struct, ILine<TLine> => int.MaxValue;

    public static bool LoadsExactly(byte* trailer) => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLine Load<TLine>(byte* source) where TLine : struct, ILine<TLine> => TLine.Load((float*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLine LoadExactly<TLine>(byte* source) where TLine : struct, ILine<TLine> => TLine.Load((float*)source);
}
