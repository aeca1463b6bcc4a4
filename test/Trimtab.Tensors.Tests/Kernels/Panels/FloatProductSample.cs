using Trimtab.Tensors.Kernels.Panels;
using Trimtab.Tensors.Storage;

namespace Trimtab.Tensors.Tests.Kernels.Panels;

/// <summary>A weight packed in one format, and products with it in any cut of rows, panels and inner positions.</summary>
internal sealed unsafe class FloatProductSample : IDisposable
{
    // What no kernel may touch: behind each row's outputs.
    private const float Fence = 12345;
    private const int FenceWidth = 3;

    private readonly PanelFormat _format;
    private readonly NativeStorage _panels, _scratch;
    private readonly int _inner;

    public FloatProductSample(Tensor weight, KernelTier tier)
    {
        _format = PanelFormats.For(weight.DType, tier);
        (_inner, PanelCount) = (weight.Columns, (weight.RowCount + PanelFormat.Width - 1) / PanelFormat.Width);
        _panels = NativeStorage.Allocate(PanelCount * Stride);
        _scratch = NativeStorage.Allocate(_format.ScratchBytes);
        byte** rows = stackalloc byte*[PanelFormat.Width];
        for (int panel = 0; panel < PanelCount; panel++)
        {
            for (int i = 0; i < PanelFormat.Width; i++)
                rows[i] = panel * PanelFormat.Width + i < weight.RowCount ? weight.Pointer + (panel * PanelFormat.Width + i) * weight.DType.ByteCount(_inner) : null;
            _format.Pack(rows, _inner, _panels.Pointer + panel * Stride);
        }
    }

    public int PanelCount { get; }

    private long Stride => _format.PanelBytes(_inner);

    /// <summary>The outputs [rows, 16 · panels] in one call or, given sizes, in pieces.</summary>
    public Tensor Multiply(Tensor x, int rows = int.MaxValue, int panels = int.MaxValue, int inner = int.MaxValue)
    {
        int width = PanelCount * PanelFormat.Width + FenceWidth;
        var y = Tensor.Zeros(new Shape(x.RowCount, width));
        y.Values.Fill(Fence);
        foreach (var (start, count) in Pieces(_inner, inner))
            foreach (var (row, rowCount) in Pieces(x.RowCount, rows))
                foreach (var (panel, panelCount) in Pieces(PanelCount, panels))
                    _format.Multiply(new PanelTask
                    {
                        Panels = _panels.Pointer + panel * Stride, PanelStride = Stride, PanelCount = panelCount, Inner = _inner, Start = start, Count = count,
                        Rows = x.Pointer + (long)row * _inner * sizeof(float), RowStride = (long)_inner * sizeof(float), RowCount = rowCount,
                        Outputs = (float*)y.Pointer + (long)row * width + panel * PanelFormat.Width, OutputStride = width, Scratch = _scratch.Pointer,
                    });
        return WithoutFence(y);
    }

    /// <summary>The packed values [inner, 16] of a panel, from a position on.</summary>
    public float[] Decode(int panel, int start, int count)
    {
        var values = new float[count * PanelFormat.Width];
        fixed (float* target = values)
            _format.Decode(_panels.Pointer + panel * Stride, _inner, start, count, target);
        return values;
    }

    public void Dispose()
    {
        _panels.Dispose();
        _scratch.Dispose();
    }

    private static Tensor WithoutFence(Tensor y)
    {
        int width = y.Columns - FenceWidth;
        var outputs = Tensor.Zeros(new Shape(y.RowCount, width));
        for (int t = 0; t < y.RowCount; t++)
        {
            Xunit.Assert.All(y.Row(t)[width..].ToArray(), value => Xunit.Assert.Equal(Fence, value));
            y.Row(t)[..width].CopyTo(outputs.Row(t));
        }
        return outputs;
    }

    private static IEnumerable<(int Start, int Count)> Pieces(int total, int size)
    {
        for (int start = 0; start < total; start += Math.Min(size, total - start))
            yield return (start, Math.Min(size, total - start));
    }
}
