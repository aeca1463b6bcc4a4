using Trimtab.Tensors.Kernels.Panels;
using Trimtab.Tensors.Kernels.Quant;
using Trimtab.Tensors.Storage;

namespace Trimtab.Tensors.Kernels.Emitted;

/// <summary>
/// A small product of whole numbers, computed once by every tile of a format before the format is used, in two stretches. Rows and weights are chosen so that every scale is 1
/// and every sum is exact: the results must be those of plain loops, to the bit, in whatever order an instruction adds.
/// </summary>
internal static unsafe class TrialProduct
{
    private const int Inner = 96, Split = 64, Panels = 4, Outputs = Panels * PanelFormat.Width;

    /// <summary>What was wrong with the first wrong sum; null where all are right.</summary>
    public static string? Disagreement(EmittedPanels format)
    {
        using var weight = PackWeight(format);
        using var rows = PrepareRows(format);
        using var sums = NativeStorage.Allocate((long)format.TileRows * Outputs * sizeof(float));
        for (int count = 1; count <= format.TileRows; count++)
            foreach (int panels in (ReadOnlySpan<int>)(count == 1 ? [1, 2, Panels] : [1, 2]))
            {
                Multiply(format, weight.Pointer, rows.Pointer, count, panels, (float*)sums.Pointer);
                if (Disagreement(format, (float*)sums.Pointer, count, panels) is { } found)
                    return found;
            }
        return null;
    }

    private static NativeStorage PackWeight(EmittedPanels format)
    {
        int rowBytes = (int)format.Type.ByteCount(Inner);
        var storage = NativeStorage.Allocate(Panels * format.PanelBytes(Inner));
        byte* encoded = stackalloc byte[PanelFormat.Width * rowBytes];
        byte** pointers = stackalloc byte*[PanelFormat.Width];
        Span<float> values = stackalloc float[Inner];
        for (int panel = 0; panel < Panels; panel++)
        {
            for (int i = 0; i < PanelFormat.Width; i++)
            {
                for (int k = 0; k < Inner; k++)
                    values[k] = Weight(format.Type, panel * PanelFormat.Width + i, k);
                pointers[i] = encoded + i * rowBytes;
                RowEncoder.Encode(format.Type, values, new Span<byte>(pointers[i], rowBytes));
            }
            format.Pack(pointers, Inner, storage.Pointer + panel * format.PanelBytes(Inner));
        }
        return storage;
    }

    private static NativeStorage PrepareRows(EmittedPanels format)
    {
        long rowBytes = format.Rows.Bytes(Inner);
        var storage = NativeStorage.Allocate(format.TileRows * rowBytes);
        float* values = stackalloc float[Inner];
        for (int t = 0; t < format.TileRows; t++)
        {
            for (int k = 0; k < Inner; k++)
                values[k] = Activation(t, k);
            format.Rows.Prepare(values, Inner, storage.Pointer + t * rowBytes);
        }
        return storage;
    }

    private static void Multiply(EmittedPanels format, byte* panels, byte* rows, int rowCount, int panelCount, float* sums)
    {
        var task = new PanelTask
        {
            Panels = panels, PanelStride = format.PanelBytes(Inner), PanelCount = panelCount, Inner = Inner, Start = 0, Count = Split,
            Rows = rows, RowStride = format.Rows.Bytes(Inner), RowCount = rowCount, Outputs = sums, OutputStride = Outputs,
        };
        format.Multiply(task);
        (task.Start, task.Count) = (Split, Inner - Split);
        format.Multiply(task);
    }

    private static string? Disagreement(EmittedPanels format, float* sums, int rows, int panels)
    {
        for (int t = 0; t < rows; t++)
            for (int n = 0; n < panels * PanelFormat.Width; n++)
            {
                int expected = 0;
                for (int k = 0; k < Inner; k++)
                    expected += Activation(t, k) * Weight(format.Type, n, k);
                if (sums[t * Outputs + n] != expected)
                    return $"the {format.Type} kernel of {rows} rows × {panels} panels gave {sums[t * Outputs + n]} where plain loops give {expected}";
            }
        return null;
    }

    // The largest value of each block makes its scale 1: ±127 of 8-bit codes, −8 of 4-bit codes.
    private static int Weight(DType type, int output, int k) => k % 32 == 0 ? type == DType.Q4_0 ? -8 : -127 : (output * 7 + k * 4) % 15 - 7;

    private static int Activation(int row, int k) => k % 32 == 0 ? row % 2 == 0 ? 127 : -127 : (row * 5 + k * 7) % 23 - 11;
}
