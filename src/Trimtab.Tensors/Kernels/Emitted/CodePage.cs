namespace Trimtab.Tensors.Kernels.Emitted;

/// <summary>Machine code in memory of its own: written while the pages could be written, then sealed so that they can be run and read. They are never both.</summary>
internal sealed unsafe class CodePage : IDisposable
{
    private readonly nuint _length;
    private byte* _pointer;

    /// <summary>Copies the code into fresh pages and seals them.</summary>
    /// <exception cref="TensorException">The system gives no memory or refuses to make it executable, as hardened systems do.</exception>
    public CodePage(ReadOnlySpan<byte> code)
    {
        _length = (nuint)code.Length;
        _pointer = PageMemory.Take(_length);
        code.CopyTo(new Span<byte>(_pointer, code.Length));
        try
        {
            PageMemory.Seal(_pointer, _length);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The address of the first byte of the code, on a page boundary.</summary>
    public byte* Pointer => _pointer != null ? _pointer : throw new ObjectDisposedException(nameof(CodePage));

    /// <summary>Gives the pages back. Code in them must not run any more.</summary>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the pages back if their owner was dropped.</summary>
    ~CodePage() => Free();

    private void Free()
    {
        if (_pointer != null)
            PageMemory.Give(_pointer, _length);
        _pointer = null;
    }
}
