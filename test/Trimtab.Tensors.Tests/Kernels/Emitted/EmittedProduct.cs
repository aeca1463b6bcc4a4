using Trimtab.Tensors.Kernels.Emitted;
using Trimtab.Tensors.Kernels.Panels;
using Trimtab.Tensors.Storage;

namespace Trimtab.Tensors.Tests.Kernels.Emitted;

/// <summary>A weight packed into an emitted format and rows prepared for it, with exactly the memory that they need: what an interpreter may touch.</summary>
internal sealed unsafe class EmittedProduct : IDisposable
{
    private readonly NativeStorage _panels, _rows, _outputs;
    private readonly int _inner, _rowCount, _panelCount;

    public EmittedProduct(DType type, NativeAbi abi, Tensor x, Tensor weight)
    {
        (_inner, _rowCount, _panelCount) = (x.Columns, x.RowCount, (weight.RowCount + PanelFormat.Width - 1) / PanelFormat.Width);
        (Format, Tiles) = Create(type, abi);
        _panels = NativeStorage.Allocate(_panelCount * Format.PanelBytes(_inner));
        _rows = NativeStorage.Allocate(_rowCount * Format.Rows.Bytes(_inner));
        _outputs = NativeStorage.Allocate((long)_rowCount * Stride * sizeof(float));
        Pack(weight);
        for (int t = 0; t < _rowCount; t++)
            fixed (float* row = x.Row(t))
                Format.Rows.Prepare(row, _inner, Row(t));
        Tiles.Allow(_panels.Pointer, _panels.ByteCount, writable: false);
        Tiles.Allow(_rows.Pointer, _rows.ByteCount, writable: false);
        Tiles.Allow(_outputs.Pointer, _outputs.ByteCount, writable: true);
    }

    public EmittedPanels Format { get; }

    public InterpretedTiles Tiles { get; }

    /// <summary>Outputs per row, those of the last panel that stand for nothing included.</summary>
    public int Stride => _panelCount * PanelFormat.Width;

    /// <summary>The prepared row.</summary>
    public byte* Row(int t) => _rows.Pointer + t * Format.Rows.Bytes(_inner);

    public byte* Panel(int panel) => _panels.Pointer + panel * Format.PanelBytes(_inner);

    /// <summary>The products, computed in stretches of <paramref name="rowBlock"/> rows, <paramref name="panelBlock"/> panels and <paramref name="innerBlock"/> positions.</summary>
    public float[] Multiply(int rowBlock = int.MaxValue, int panelBlock = int.MaxValue, int innerBlock = int.MaxValue)
    {
        var outputs = new Span<float>(_outputs.Pointer, _rowCount * Stride);
        outputs.Fill(float.NaN);
        for (int row = 0, rows; row < _rowCount; row += rows)
        {
            rows = Math.Min(rowBlock, _rowCount - row);
            for (int panel = 0, panels; panel < _panelCount; panel += panels)
            {
                panels = Math.Min(panelBlock, _panelCount - panel);
                for (int start = 0, count; start < _inner; start += count)
                {
                    count = Math.Min(innerBlock, _inner - start);
                    Format.Multiply(new PanelTask
                    {
                        Panels = Panel(panel), PanelStride = Format.PanelBytes(_inner), PanelCount = panels, Inner = _inner, Start = start, Count = count,
                        Rows = Row(row), RowStride = Format.Rows.Bytes(_inner), RowCount = rows,
                        Outputs = (float*)_outputs.Pointer + row * Stride + panel * PanelFormat.Width, OutputStride = Stride,
                    });
                }
            }
        }
        return outputs.ToArray();
    }

    public void Dispose()
    {
        _panels.Dispose();
        _rows.Dispose();
        _outputs.Dispose();
    }

    public static TileEmitter Emitter(DType type) => type switch
    {
        DType.BF16 => new BrainDotTiles(),
        DType.Q8_0 => new ByteDotTiles(),
        DType.Q4_0 => new NibbleDotTiles(),
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    private static (EmittedPanels, InterpretedTiles) Create(DType type, NativeAbi abi)
    {
        var tiles = new InterpretedTiles(Emitter(type), abi);
        return (type switch
        {
            DType.BF16 => new BrainDotPanels(tiles),
            DType.Q8_0 => new ByteDotPanels(tiles),
            _ => new NibbleDotPanels(tiles),
        }, tiles);
    }

    private void Pack(Tensor weight)
    {
        byte** rows = stackalloc byte*[PanelFormat.Width];
        for (int panel = 0; panel < _panelCount; panel++)
        {
            for (int i = 0; i < PanelFormat.Width; i++)
            {
                int n = panel * PanelFormat.Width + i;
                rows[i] = n < weight.RowCount ? weight.Pointer + n * weight.DType.ByteCount(_inner) : null;
            }
            Format.Pack(rows, _inner, Panel(panel));
        }
    }
}
