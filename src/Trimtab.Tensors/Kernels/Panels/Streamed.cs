using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>The same panels, read from memory rather than from a cache: each load asks for what comes some pages' worth of waiting later.</summary>
internal readonly unsafe struct Streamed<TElement> : IPanelElement where TElement : struct, IPanelElement
{
    // What memory delivers while one waits for it, with room for its moods.
    private const int Ahead = 2048;

    public static DType Type => TElement.Type;

    public static int Bytes => TElement.Bytes;

    public static int TrailerBytes => TElement.TrailerBytes;

    public static void Pack(byte** rows, int inner, byte* panel, byte* trailer) => TElement.Pack(rows, inner, panel, trailer);

    public static int DirectRows<TLine>() where TLine : struct, ILine<TLine> => TElement.DirectRows<TLine>();

    public static bool LoadsExactly(byte* trailer) => TElement.LoadsExactly(trailer);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLine Load<TLine>(byte* source) where TLine : struct, ILine<TLine>
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(source + Ahead);
        return TElement.Load<TLine>(source);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLine LoadExactly<TLine>(byte* source) where TLine : struct, ILine<TLine> => TElement.LoadExactly<TLine>(source);
}
