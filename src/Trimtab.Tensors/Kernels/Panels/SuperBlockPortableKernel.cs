using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>One row times one unpacked panel with 128-bit vectors that every processor has: the sums of <see cref="SuperBlockKernel"/>, in its order, so to its bits.</summary>
internal static unsafe class SuperBlockPortableKernel
{
    private const int Run = 16;

    /// <summary>Adds <paramref name="blocks"/> super-blocks, times the row's blocks at <paramref name="x"/>, to the 16 outputs at <paramref name="y"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Row<TBlock>(byte* panel, int blocks, byte* x, float* y) where TBlock : struct, ISuperBlock
    {
        for (; blocks > 0; blocks--, panel += UnpackedSource<TBlock>.Bytes, x += SuperBlockRows.BlockBytes)
            for (int output = 0; output < PanelFormat.Width; output += 4)
            {
                Vector128<float> sum = default, minima = default;
                for (int group = 0; group < SuperBlockRows.Groups; group++)
                {
                    var exact = RunSum<TBlock>(panel, x, 2 * group, output) + RunSum<TBlock>(panel, x, 2 * group + 1, output);
                    sum = Vector128.FusedMultiplyAdd(Vector128.ConvertToSingle(exact), Single(x, SuperBlockRows.Scales, group), sum);
                    if (!TBlock.IsCentred)
                        minima = Vector128.FusedMultiplyAdd(Vector128.Load(UnpackedSource<TBlock>.MinimaOf(panel, group) + output), Single(x, SuperBlockRows.Sums, group), minima);
                }
                float* units = UnpackedSource<TBlock>.UnitsOf(panel) + output;
                var total = Vector128.FusedMultiplyAdd(sum, Vector128.Load(units), Vector128.Load(y + output));
                if (!TBlock.IsCentred)
                    total = Vector128.FusedMultiplyAdd(-minima, Vector128.Load(units + PanelFormat.Width), total);
                total.Store(y + output);
            }
    }

    // Four outputs' sums over 16 positions, times their scales. A lane of 16 bits holds four products, each below 63 · 127, of every fourth position.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> RunSum<TBlock>(byte* panel, byte* x, int run, int output) where TBlock : struct, ISuperBlock
    {
        byte* codes = UnpackedSource<TBlock>.CodesOf(panel) + run * Run * PanelFormat.Width + 4 * output;
        Vector128<short> low = default, high = default;
        for (int quad = 0; quad < 4; quad++)
        {
            var four = Vector128.WidenLower(Vector128.Create(*(int*)(x + run * Run + 4 * quad)).AsSByte());
            var w = Vector128.Load(codes + quad * 4 * PanelFormat.Width);
            low += Vector128.WidenLower(w).AsInt16() * four;
            high += Vector128.WidenUpper(w).AsInt16() * four;
        }
        var (first, second) = (AddPairs(low).AsInt64(), AddPairs(high).AsInt64());
        var sums = Vector128.Narrow(first, second) + Vector128.Narrow(first >>> 32, second >>> 32);
        var scales = Vector128.Load((int*)UnpackedSource<TBlock>.ScalesOf(panel, run) + output) >> 16;
        if (TBlock.IsCentred)
            sums -= Vector128.Create(32 * ((short*)(x + SuperBlockRows.HalfSums))[run]);
        return sums * scales;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> AddPairs(Vector128<short> values) => (values.AsInt32() << 16 >> 16) + (values.AsInt32() >> 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Single(byte* x, int offset, int group) => Vector128.Create(*(float*)(x + offset + sizeof(float) * group));
}
