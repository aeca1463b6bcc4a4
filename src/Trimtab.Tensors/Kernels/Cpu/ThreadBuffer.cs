using Trimtab.Tensors.Storage;

namespace Trimtab.Tensors.Kernels.Cpu;

/// <summary>What a thread's scratch memory is rented for: one rental of each kind at a time.</summary>
internal enum ScratchUse
{
    /// <summary>Rows of activations in another form, which all threads of a product read.</summary>
    Rows,
    /// <summary>What a kernel keeps to itself.</summary>
    Kernel,
}

/// <summary>Scratch memory of the calling thread that kernels reuse from call to call; one user at a time of each kind, until it disposes of its rental.</summary>
internal sealed unsafe class ThreadBuffer : IDisposable
{
    [ThreadStatic]
    private static ThreadBuffer?[]? t_instances;

    private NativeStorage _storage = NativeStorage.Allocate(1 << 16);
    private bool _rented;

    public byte* Bytes => _storage.Pointer;

    public float* Floats => (float*)_storage.Pointer;

    /// <summary>Room for <paramref name="bytes"/> bytes, aligned to 64, until <see cref="Dispose"/>.</summary>
    public static ThreadBuffer Rent(ScratchUse use, long bytes)
    {
        var buffer = (t_instances ??= new ThreadBuffer?[2])[(int)use] ??= new ThreadBuffer();
        if (buffer._rented)
            throw new InvalidOperationException($"ThreadBuffer: rented twice for {use} on one thread — a kernel called another that needs scratch memory too.");
        buffer._rented = true;
        if (buffer._storage.ByteCount < bytes)
        {
            buffer._storage.Dispose();
            buffer._storage = NativeStorage.Allocate(bytes);
        }
        return buffer;
    }

    /// <summary>Ends the rental; the memory stays with the thread.</summary>
    public void Dispose() => _rented = false;
}

internal static unsafe class TensorPointers
{
    /// <summary>The address of an F32 tensor's first element.</summary>
    public static float* Pointer32(this Tensor tensor) => tensor.DType == DType.F32
        ? (float*)tensor.Pointer
        : throw new TensorException($"Kernel: {tensor} is not F32.");
}
