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
    public static float* MinimaOf(byte* block, nint group) => (float*)(block + Minima + 64 * group);

    /// <summary>The scales of 16 positions, each twice.</summary>
    public static short* ScalesOf(byte* block, nint run) => (short*)(block + Scales + 64 * (TBlock.IsCentred ? run : run & ~1));

    /// <summary>The codes: 4 positions of output 0, the same of output 1 … 15, the next 4 positions of output 0.</summary>
    public static byte* CodesOf(byte* block) => block + Codes;

    /// <summary>Unpacks one super-block of a panel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Unpack(byte* packed, byte* target)
    {
        UnpackUnits(packed, target);
        for (int run = 0; run < 16; run += TBlock.IsCentred ? 1 : 2)
        {
            Widen(packed + SuperBlockLayout.ScaleBytes + 16 * (TBlock.IsCentred ? run : run / 2), out var low, out var high);
            StoreTwo((int*)ScalesOf(target, run), Halves(low, low), Halves(high, high));
        }
        for (int group = 0; group < SuperBlockRows.Groups; group++)
            UnpackMinima(packed, target, group);
        byte* codes = target + Codes;
        for (int pair = 0; pair < 32; pair++, codes += 128)
        {
            TBlock.Pair(packed, 8 * pair, 0, out var first, out var firstHigh, out var second, out var secondHigh);
            first.Store(codes);
            firstHigh.Store(codes + 32);
            second.Store(codes + 64);
            secondHigh.Store(codes + 96);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Pair(byte* block, nint position, int next, out Vector256<byte> first, out Vector256<byte> firstHigh, out Vector256<byte> second, out Vector256<byte> secondHigh)
    {
        byte* codes = block + Codes + 16 * position + 16 * next;
        (first, firstHigh) = (Vector256.Load(codes), Vector256.Load(codes + 32));
        (second, secondHigh) = (Vector256.Load(codes + 64), Vector256.Load(codes + 96));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scale(byte* block, nint position, int next, out Vector256<short> low, out Vector256<short> high) => LoadTwo((short*)(block + Scales + 4 * position + (TBlock.IsCentred ? 4 * next : 0)), out low, out high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Offset(byte* block, nint position, out Vector256<short> low, out Vector256<short> high) => LoadTwo((short*)(block + Minima + 2 * position), out low, out high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Minimum(byte* block, nint position, out Vector256<float> low, out Vector256<float> high) => LoadTwo((float*)(block + Minima + 2 * position), out low, out high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unit(byte* block, bool minima, out Vector256<float> low, out Vector256<float> high) => LoadTwo(UnitsOf(block) + (minima ? PanelFormat.Width : 0), out low, out high);

    private static void UnpackUnits(byte* packed, byte* target)
    {
        for (int i = 0; i < 2; i++)
        {
            SuperBlockUnits.Decode((ushort*)packed + i * PanelFormat.Width, out var low, out var high);
            StoreTwo(UnitsOf(target) + i * PanelFormat.Width, low, high);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void UnpackMinima(byte* packed, byte* target, int group)
    {
        if (!TBlock.IsCentred)
        {
            Widen(packed + SuperBlockLayout.MinimumBytes + 16 * group, out var low, out var high);
            StoreTwo(MinimaOf(target, group), Vector256.ConvertToSingle(low), Vector256.ConvertToSingle(high));
            return;
        }
        Widen(packed + SuperBlockLayout.ScaleBytes + 32 * group, out var first, out var firstHigh);
        Widen(packed + SuperBlockLayout.ScaleBytes + 32 * group + 16, out var second, out var secondHigh);
        StoreTwo((int*)MinimaOf(target, group), Halves(first * -32, second * -32), Halves(firstHigh * -32, secondHigh * -32));
    }

    // Minima are bytes below 64 and scales of affine types too, so that all may be read with a sign.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Widen(byte* source, out Vector256<int> low, out Vector256<int> high)
    {
        var bytes = Vector128.Load((sbyte*)source);
        (low, high) = Vector256.Widen(Vector256.Create(Vector128.WidenLower(bytes), Vector128.WidenUpper(bytes)));
    }

    // Two numbers as the lower and the upper half of an integer.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Halves(Vector256<int> lower, Vector256<int> upper) => lower & Vector256.Create(0xFFFF) | upper << 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreTwo<T>(T* target, Vector256<T> low, Vector256<T> high) where T : unmanaged
    {
        low.Store(target);
        high.Store(target + Vector256<T>.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void LoadTwo<T>(T* source, out Vector256<T> low, out Vector256<T> high) where T : unmanaged =>
        (low, high) = (Vector256.Load(source), Vector256.Load(source + Vector256<T>.Count));
}
