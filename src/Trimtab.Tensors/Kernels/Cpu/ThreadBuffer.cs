using Trimtab.Tensors.Storage;

namespace Trimtab.Tensors.Kernels.Cpu;

/// <summary>Scratch memory of the calling thread that kernels reuse from call to call; one user at a time, until it disposes of its rental.</summary>
internal sealed unsafe class ThreadBuffer : IDisposable
{
    [ThreadStatic]
    private static ThreadBuffer? t_instance;

    private NativeStorage _storage = NativeStorage.Allocate(1 << 16);
    private bool _rented;

    public float* Pointer => (float*)_storage.Pointer;

    /// <summary>Room for <paramref name="count"/> floats, until <see cref="Dispose"/>.</summary>
    public static ThreadBuffer Rent(long count)
    {
        var buffer = t_instance ??= new ThreadBuffer();
        if (buffer._rented)
            throw new InvalidOperationException("ThreadBuffer: rented twice on one thread — a kernel called another that needs scratch memory too.");
        buffer._rented = true;
        if (buffer._storage.ByteCount < count * sizeof(float))
        {
            buffer._storage.Dispose();
            buffer._storage = NativeStorage.Allocate(count * sizeof(float));
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
