using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>Products with <see cref="BytePanels"/> on any processor. The integer sums are exact and the multiply-adds in order, so the bits are those of <see cref="ByteTiles"/>.</summary>
internal static unsafe class BytePanel
{
    /// <summary>The bytes of one block of a panel.</summary>
    public const int BlockBytes = HalfScales.Bytes + BlockRows.Block * PanelFormat.Width;

    private const int Width = PanelFormat.Width, Pairs = BlockRows.Block / 2;

    /// <summary>Computes a task; see <see cref="PanelFormat.Multiply"/>.</summary>
    public static void Multiply(in PanelTask task)
    {
        var places = new BlockTask(task, BlockRows.Int16, BlockBytes);
        for (int panel = 0; panel < task.PanelCount; panel++)
            for (int row = 0; row < task.RowCount; row++)
                One(places.Panel(panel), places.Blocks, (short*)places.Codes(row), places.Scales(row), places.Outputs(row, panel), places.Adds);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One(byte* w, int blocks, short* x, float* scales, float* y, bool add)
    {
        int* sums = stackalloc int[Width];
        float* weightScales = stackalloc float[Width];
        if (!add)
            Line128.Store(Line128.Zero, y);
        for (int block = 0; block < blocks; block++, w += BlockBytes, x += BlockRows.Block)
        {
            for (int output = 0; output < Width; output += 2)
                TwoSums(w + HalfScales.Bytes + 2 * output, x, sums + output);
            Line128.Store(Line128.Beyond(Line128.LoadFiniteHalves((ushort*)w)), weightScales);
            BlockTask.AddBlock(sums, weightScales, scales[block], y);
        }
    }

    // Two outputs' pairs at a time, products of even and of odd positions in neighbouring lanes until the end.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TwoSums(byte* codes, short* x, int* sums)
    {
        var sum = Vector128<int>.Zero;
        for (int pair = 0; pair < Pairs; pair++)
        {
            var w = Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(int*)(codes + pair * 2 * Width)).AsSByte()));
            sum += w * Vector128.WidenLower(Vector128.Create(((int*)x)[pair]).AsInt16());
        }
        (sums[0], sums[1]) = (sum[0] + sum[1], sum[2] + sum[3]);
    }
}
