using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>
/// A super-block unpacked for many rows: singles d and dmin, per group the minima as singles (or the offsets, as shorts), per run of 16 positions the scales, each twice as a short,
/// then a byte per code.
/// </summary>
internal readonly unsafe struct UnpackedSource<TBlock> : ISuperBlockSource where TBlock : struct, ISuperBlock
{
    private const int Minima = 128, Scales = Minima + 8 * 64, Codes = Scales + 16 * 64;

    public static bool IsNarrow => TBlock.IsNarrow;

    public static bool IsCentred => TBlock.IsCentred;

    public static int Bytes => Codes + SuperBlockRows.Elements * PanelFormat.Width;

    /// <summary>16 singles d, then 16 dmin.</summary>
    public static float* UnitsOf(byte* block) => (float*)block;

    /// <summary>The minima of a group, of an affine type.</summary>
    public static float* MinimaOf(byte* block, int group) => (float*)(block + Minima + 64 * group);

    /// <summary>The scales of 16 positions, each twice.</summary>
    public static short* ScalesOf(byte* block, int run) => (short*)(block + Scales + 64 * run);

    /// <summary>The codes: 4 positions of output 0, the same of output 1 … 15, the next 4 positions of output 0.</summary>
    public static byte* CodesOf(byte* block) => block + Codes;

    /// <summary>Unpacks one super-block of a panel.</summary>
    public static void Unpack(byte* packed, byte* target)
    {
        UnpackUnits(packed, target);
        sbyte* scales = (sbyte*)packed + SuperBlockLayout.ScaleBytes;
        for (int run = 0; run < 16; run++)
            for (int i = 0; i < PanelFormat.Width; i++)
            {
                int scale = scales[(TBlock.IsCentred ? run : run / 2) * 16 + i];
                short* pair = (short*)(target + Scales + run * 64) + 2 * i;
                (pair[0], pair[1]) = ((short)scale, (short)scale);
                if (TBlock.IsCentred)
                    ((short*)(target + Minima + run / 2 * 64))[2 * i + run % 2] = (short)(-32 * scale);
                else if (run < 8)
                    ((float*)(target + Minima + run * 64))[i] = packed[SuperBlockLayout.MinimumBytes + run * 16 + i];
            }
        byte* codes = target + Codes;
        for (int pair = 0; pair < 32; pair++, codes += 128)
        {
            TBlock.Pair(packed, pair, out var first, out var firstHigh, out var second, out var secondHigh);
            first.Store(codes);
            firstHigh.Store(codes + 32);
            second.Store(codes + 64);
            secondHigh.Store(codes + 96);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Pair(byte* block, int pair, out Vector256<byte> first, out Vector256<byte> firstHigh, out Vector256<byte> second, out Vector256<byte> secondHigh)
    {
        byte* codes = block + Codes + 128 * pair;
        (first, firstHigh) = (Vector256.Load(codes), Vector256.Load(codes + 32));
        (second, secondHigh) = (Vector256.Load(codes + 64), Vector256.Load(codes + 96));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scale(byte* block, int run, out Vector256<short> low, out Vector256<short> high) => LoadTwo(ScalesOf(block, run), out low, out high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Offset(byte* block, int group, out Vector256<short> low, out Vector256<short> high) => LoadTwo((short*)(block + Minima + 64 * group), out low, out high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Minimum(byte* block, int group, out Vector256<float> low, out Vector256<float> high) => LoadTwo(MinimaOf(block, group), out low, out high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unit(byte* block, bool minima, out Vector256<float> low, out Vector256<float> high) => LoadTwo(UnitsOf(block) + (minima ? PanelFormat.Width : 0), out low, out high);

    private static void UnpackUnits(byte* packed, byte* target)
    {
        for (int i = 0; i < 2; i++)
        {
            SuperBlockUnits.Decode((ushort*)packed + i * PanelFormat.Width, out var low, out var high);
            low.Store((float*)target + i * PanelFormat.Width);
            high.Store((float*)target + i * PanelFormat.Width + 8);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void LoadTwo<T>(T* source, out Vector256<T> low, out Vector256<T> high) where T : unmanaged =>
        (low, high) = (Vector256.Load(source), Vector256.Load(source + Vector256<T>.Count));
}
