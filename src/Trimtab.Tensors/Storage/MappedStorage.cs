using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace Trimtab.Tensors.Storage;

/// <summary>
/// A file seen as memory, read only. Nothing is copied: pages come in when a kernel first reads them, are shared with every other process that maps the
/// same file, and can be dropped again by the operating system.
/// </summary>
public sealed unsafe partial class MappedStorage : TensorStorage, IDisposable
{
    // "Not needed now": the number is the same on Linux and macOS. On a read-only mapping it loses nothing, since the pages are the file's.
    private const int DontNeed = 4;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    private MappedStorage(string path, MemoryMappedFile file, MemoryMappedViewAccessor view, byte* pointer, long byteCount)
        : base(pointer, byteCount)
    {
        Path = path;
        _file = file;
        _view = view;
    }

    /// <summary>The file's path as it was given.</summary>
    public string Path { get; }

    /// <summary>Maps a whole file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is empty.</exception>
    public static MappedStorage Open(string path)
    {
        long length = new FileInfo(path).Length;
        if (length == 0)
            throw new InvalidDataException($"{path}: the file is empty.");
        var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, capacity: 0, MemoryMappedFileAccess.Read);
        var view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        byte* pointer = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        return new MappedStorage(path, file, view, pointer + view.PointerOffset, length);
    }

    /// <summary>A stretch of the file as a stream, for decompressors; used only while the file is mapped.</summary>
    internal UnmanagedMemoryStream Stream(long byteOffset, long count)
    {
        Span<byte>(byteOffset, 0);
        if (count < 0 || count > ByteCount - byteOffset)
            throw new TensorException($"Storage: {count} bytes from offset {byteOffset} lie outside its {ByteCount} bytes.");
        return new UnmanagedMemoryStream(Pointer + byteOffset, count);
    }

    /// <summary>
    /// Lets go of the whole pages inside a stretch: they no longer count as this process's memory, and come in again if they are read again. On Unix; elsewhere the
    /// operating system decides alone.
    /// </summary>
    private protected override void ReleasePages(byte* start, long byteCount)
    {
        if (OperatingSystem.IsWindows())
            return;
        nuint page = (nuint)Environment.SystemPageSize, first = ((nuint)start + page - 1) / page * page, end = ((nuint)start + (nuint)byteCount) / page * page;
        // Advice: where it is refused, the pages stay, and that is all.
        if (end > first)
            _ = Advise(first, end - first, DontNeed);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nuint address, nuint length, int advice);

    /// <summary>Unmaps the file. Tensors that look into it throw from then on.</summary>
    public void Dispose()
    {
        if (!TakePointer(out _))
            return;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
