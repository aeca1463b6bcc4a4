using System.Runtime.InteropServices;

namespace Trimtab.Tensors.Storage;

/// <summary>
/// A stretch of bytes at a fixed address that tensors look into. Tensors never own it: a model, a <see cref="Workspace"/>, a cache or the
/// garbage collector does, so a tensor needs no finaliser.
/// </summary>
public abstract unsafe class TensorStorage
{
    private byte* _pointer;

    private protected TensorStorage(byte* pointer, long byteCount)
    {
        _pointer = pointer;
        ByteCount = byteCount;
    }

    /// <summary>How many bytes there are.</summary>
    public long ByteCount { get; }

    /// <summary>The address of the first byte. Kernels add offsets to it, which to a null address would end the process rather than throw.</summary>
    internal byte* Pointer => _pointer != null
        ? _pointer
        : throw new TensorException("Storage: its memory was given back — the owner (a model, cache or file) was disposed. Keep the owner alive while its tensors are used.");

    /// <summary>The bytes from <paramref name="byteOffset"/> on, seen as <paramref name="count"/> values of type T.</summary>
    /// <exception cref="TensorException">The range lies outside the storage, or the memory was given back.</exception>
    public Span<T> Span<T>(long byteOffset, int count) where T : unmanaged
    {
        byte* pointer = Pointer;
        if (byteOffset < 0 || count < 0 || byteOffset > ByteCount - (long)count * sizeof(T))
            throw new TensorException($"Storage: {count} × {sizeof(T)} bytes from offset {byteOffset} lie outside its {ByteCount} bytes.");
        return new Span<T>(pointer + byteOffset, count);
    }

    /// <summary>
    /// Says that the bytes will hardly be read again soon. Their values stay; a mapped file's pages leave the process's memory until somebody reads them.
    /// </summary>
    /// <exception cref="TensorException">The range lies outside the storage, or the memory was given back.</exception>
    internal void ReleasePages(long byteOffset, long byteCount)
    {
        byte* pointer = Pointer;
        if (byteOffset < 0 || byteCount < 0 || byteOffset > ByteCount - byteCount)
            throw new TensorException($"Storage: {byteCount} bytes from offset {byteOffset} lie outside its {ByteCount} bytes.");
        ReleasePages(pointer + byteOffset, byteCount);
    }

    /// <summary>What a storage can do about bytes that are hardly needed; nothing, where it holds the only copy of them.</summary>
    private protected virtual void ReleasePages(byte* start, long byteCount)
    {
    }

    /// <summary>Forgets the address, once: the memory is the caller's to free. False where that was done before.</summary>
    private protected bool TakePointer(out byte* pointer)
    {
        pointer = _pointer;
        _pointer = null;
        return pointer != null;
    }
}

/// <summary>Memory of the garbage collector, pinned: for small tensors that outlive a pass, such as directions and captured activations.</summary>
public sealed unsafe class ManagedStorage : TensorStorage
{
    // Holds the array alive for as long as any tensor refers to this storage.
    private readonly byte[] _bytes;

    private ManagedStorage(byte[] bytes) : base((byte*)Marshal.UnsafeAddrOfPinnedArrayElement(bytes, 0), bytes.Length) => _bytes = bytes;

    /// <summary>Zeroed memory.</summary>
    /// <exception cref="TensorException">More than 2 GiB.</exception>
    public static ManagedStorage Allocate(long byteCount)
    {
        if (byteCount > Array.MaxLength)
            throw new TensorException($"Storage: {byteCount} bytes were asked for in one managed tensor — the limit is {Array.MaxLength}. Use smaller pieces.");
        return new ManagedStorage(GC.AllocateArray<byte>((int)byteCount, pinned: true));
    }

    /// <summary>A copy of the given bytes.</summary>
    internal static ManagedStorage Of(ReadOnlySpan<byte> bytes)
    {
        var storage = Allocate(bytes.Length);
        bytes.CopyTo(storage._bytes);
        return storage;
    }

    /// <inheritdoc/>
    public override string ToString() => $"ManagedStorage({_bytes.Length} bytes)";
}

/// <summary>Memory outside the garbage collector, aligned to cache lines: for workspaces, caches and repacked weights.</summary>
public sealed unsafe partial class NativeStorage : TensorStorage, IDisposable
{
    private const int Alignment = 64;

    // The large pages of most processors; and the advice to use them, in the numbers of Linux.
    private const int LargePage = 1 << 21;
    private const int UseLargePages = 14;

    private NativeStorage(byte* pointer, long byteCount) : base(pointer, byteCount) { }

    /// <summary>
    /// Memory with undefined contents. Large pieces ask for large pages where the system has them: weights are read from end to end, and spare the look-up of most of
    /// their addresses.
    /// </summary>
    public static NativeStorage Allocate(long byteCount)
    {
        bool large = byteCount >= 2 * LargePage && OperatingSystem.IsLinux();
        byte* pointer = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(byteCount, 1), (nuint)(large ? LargePage : Alignment));
        if (large)
            // Only advice: where it is not taken, the memory is the same.
            _ = Advise(pointer, (nuint)byteCount, UseLargePages);
        return new NativeStorage(pointer, byteCount);
    }

    /// <summary>Gives the memory back. Tensors that look into it throw from then on.</summary>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the memory back if the owner was dropped without being disposed.</summary>
    ~NativeStorage() => Free();

    private void Free()
    {
        if (TakePointer(out byte* pointer))
            NativeMemory.AlignedFree(pointer);
    }

    [LibraryImport("libc", EntryPoint = "madvise"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(void* address, nuint length, int advice);
}
