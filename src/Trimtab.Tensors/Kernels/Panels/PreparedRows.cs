using Trimtab.Tensors.Kernels.Cpu;
using Trimtab.Tensors.Ops;

namespace Trimtab.Tensors.Kernels.Panels;

/// <summary>The rows of one activation in every form that some weights ask for, in memory of the calling thread: each form is made once, whoever shares it.</summary>
internal readonly unsafe struct PreparedRows
{
    private readonly Tensor _x;
    private readonly byte* _memory;
    private readonly RowForm? _first, _second;

    private PreparedRows(Tensor x, byte* memory, RowForm? first, RowForm? second)
    {
        (_x, _first, _second) = (x, first, second);
        _memory = memory;
    }

    /// <summary>T.</summary>
    public int Count => _x.RowCount;

    /// <summary>The row <paramref name="row"/> in a form, and those after it.</summary>
    public byte* Of(RowForm form, int row)
    {
        long bytes = form.Bytes(_x.Columns);
        if (ReferenceEquals(form, RowForm.Single))
            return (byte*)_x.Pointer32() + row * bytes;
        return _memory + (ReferenceEquals(form, _first) ? 0 : Count * _first!.Bytes(_x.Columns)) + row * bytes;
    }

    /// <summary>The bytes that the forms of <paramref name="products"/> take beside the rows themselves.</summary>
    public static long BytesFor(Tensor x, ReadOnlySpan<Product> products)
    {
        var (first, second) = Forms(products);
        return x.RowCount * ((first?.Bytes(x.Columns) ?? 0) + (second?.Bytes(x.Columns) ?? 0));
    }

    /// <summary>The rows, to be filled by <see cref="Fill"/>.</summary>
    public static PreparedRows Over(Tensor x, ReadOnlySpan<Product> products, ThreadBuffer memory)
    {
        var (first, second) = Forms(products);
        return new PreparedRows(x, memory.Bytes, first, second);
    }

    /// <summary>Whether there is anything to fill.</summary>
    public bool NeedsFilling => _first is not null;

    /// <summary>Makes the forms of rows <paramref name="start"/> … end − 1.</summary>
    public void Fill(int start, int end)
    {
        for (int row = start; row < end; row++)
        {
            float* source = _x.Pointer32() + (long)row * _x.Columns;
            _first?.Prepare(source, _x.Columns, Of(_first, row));
            _second?.Prepare(source, _x.Columns, Of(_second, row));
        }
    }

    // Weights that see the same rows are of one element type, or of two where a file mixes them.
    private static (RowForm? First, RowForm? Second) Forms(ReadOnlySpan<Product> products)
    {
        RowForm? first = null, second = null;
        foreach (ref readonly var product in products)
        {
            var form = product.Weight.Format.Rows;
            if (ReferenceEquals(form, RowForm.Single) || ReferenceEquals(form, first) || ReferenceEquals(form, second))
                continue;
            if (first is null)
                first = form;
            else
                second = second is null ? form : throw new TensorException("MatMul: weights of more than two different row forms share one product. Multiply them apart.");
        }
        return (first, second);
    }
}
