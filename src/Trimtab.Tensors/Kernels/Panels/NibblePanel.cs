using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>Products with <see cref="NibblePanels"/> on any processor. The integer sums are exact and the multiply-adds in order, so the bits are those of <see cref="NibbleTiles"/>.</summary>
internal static unsafe class NibblePanel
{
    /// <summary>Groups of four positions whose low and high nibbles share bytes.</summary>
    public const int Groups = 4;

    /// <summary>The bytes of one block of a panel.</summary>
    public const int BlockBytes = HalfScales.Bytes + BlockRows.Block / 2 * PanelFormat.Width;

    private const int Width = PanelFormat.Width;

    /// <summary>Computes a task; see <see cref="PanelFormat.Multiply"/>.</summary>
    public static void Multiply(in PanelTask task)
    {
        var places = new BlockTask(task, BlockRows.Int8, BlockBytes);
        for (int panel = 0; panel < task.PanelCount; panel++)
            for (int row = 0; row < task.RowCount; row++)
                One(places.Panel(panel), places.Blocks, (sbyte*)places.Codes(row), places.Scales(row), places.Biases(row), places.Outputs(row, panel), places.Adds);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One(byte* w, int blocks, sbyte* x, float* scales, int* biases, float* y, bool add)
    {
        int* sums = stackalloc int[Width];
        float* weightScales = stackalloc float[Width];
        if (!add)
            Line128.Store(Line128.Zero, y);
        for (int block = 0; block < blocks; block++, w += BlockBytes, x += BlockRows.Block)
        {
            for (int output = 0; output < Width; output += 2)
                TwoSums(w + HalfScales.Bytes + 4 * output, x, (short)biases[block], sums + output);
            Line128.Store(Line128.Beyond(Line128.LoadFiniteHalves((ushort*)w)), weightScales);
            BlockTask.AddBlock(sums, weightScales, scales[block], y);
        }
    }

    // Two outputs at a time: eight 16-bit sums of eight products each, none above 15 · 127 · 8. Two biases make the −8 of every code.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TwoSums(byte* codes, sbyte* x, int bias, int* sums)
    {
        var sum = Vector128<short>.Zero;
        for (int group = 0; group < Groups; group++)
        {
            var bytes = Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)(codes + group * 4 * Width)).AsByte()).AsInt16();
            sum += (bytes & Vector128.Create((short)15)) * Twice(x + 4 * group) + (bytes >> 4) * Twice(x + 16 + 4 * group);
        }
        var (first, second) = (Vector128.WidenLower(sum), Vector128.WidenUpper(sum));
        (sums[0], sums[1]) = (Vector128.Sum(first) + 2 * bias, Vector128.Sum(second) + 2 * bias);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> Twice(sbyte* four) => Vector128.WidenLower(Vector128.Create(*(int*)four).AsSByte());
}
