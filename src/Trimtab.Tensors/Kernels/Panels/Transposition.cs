using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>Turns rows into columns, in squares of eight that fit the registers.</summary>
internal static unsafe class Transposition
{
    private const int Square = 8;

    /// <summary>target[c·targetStride + r] = source[r·sourceStride + c] for all rows r and columns c; strides in singles.</summary>
    public static void Copy(float* source, long sourceStride, int rows, int columns, float* target, long targetStride)
    {
        int wholeRows = Avx.IsSupported ? rows / Square * Square : 0, wholeColumns = columns / Square * Square;
        // Down the rows first, so that the lines of the target are filled one after the other while they are near.
        for (int c = 0; c < wholeColumns; c += Square)
            for (int r = 0; r < wholeRows; r += Square)
                CopySquare(source + r * sourceStride + c, sourceStride, target + c * targetStride + r, targetStride);
        CopyRest(source, sourceStride, 0, wholeRows, wholeColumns, columns, target, targetStride);
        CopyRest(source, sourceStride, wholeRows, rows, 0, columns, target, targetStride);
    }

    private static void CopyRest(float* source, long sourceStride, int firstRow, int endRow, int firstColumn, int endColumn, float* target, long targetStride)
    {
        for (int c = firstColumn; c < endColumn; c++)
            for (int r = firstRow; r < endRow; r++)
                target[c * targetStride + r] = source[r * sourceStride + c];
    }

    // Neighbouring rows interleave by ones, then by twos, then by fours.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopySquare(float* source, long from, float* target, long to)
    {
        Vector256<float> r0 = Vector256.Load(source), r1 = Vector256.Load(source + from), r2 = Vector256.Load(source + 2 * from), r3 = Vector256.Load(source + 3 * from);
        source += 4 * from;
        Vector256<float> r4 = Vector256.Load(source), r5 = Vector256.Load(source + from), r6 = Vector256.Load(source + 2 * from), r7 = Vector256.Load(source + 3 * from);
        var a0 = Avx.UnpackLow(r0, r1);
        var a1 = Avx.UnpackHigh(r0, r1);
        var a2 = Avx.UnpackLow(r2, r3);
        var a3 = Avx.UnpackHigh(r2, r3);
        var a4 = Avx.UnpackLow(r4, r5);
        var a5 = Avx.UnpackHigh(r4, r5);
        var a6 = Avx.UnpackLow(r6, r7);
        var a7 = Avx.UnpackHigh(r6, r7);
        r0 = Avx.Shuffle(a0, a2, 0x44);
        r1 = Avx.Shuffle(a0, a2, 0xEE);
        r2 = Avx.Shuffle(a1, a3, 0x44);
        r3 = Avx.Shuffle(a1, a3, 0xEE);
        r4 = Avx.Shuffle(a4, a6, 0x44);
        r5 = Avx.Shuffle(a4, a6, 0xEE);
        r6 = Avx.Shuffle(a5, a7, 0x44);
        r7 = Avx.Shuffle(a5, a7, 0xEE);
        Avx.Permute2x128(r0, r4, 0x20).Store(target);
        Avx.Permute2x128(r1, r5, 0x20).Store(target + to);
        Avx.Permute2x128(r2, r6, 0x20).Store(target + 2 * to);
        Avx.Permute2x128(r3, r7, 0x20).Store(target + 3 * to);
        target += 4 * to;
        Avx.Permute2x128(r0, r4, 0x31).Store(target);
        Avx.Permute2x128(r1, r5, 0x31).Store(target + to);
        Avx.Permute2x128(r2, r6, 0x31).Store(target + 2 * to);
        Avx.Permute2x128(r3, r7, 0x31).Store(target + 3 * to);
    }
}
